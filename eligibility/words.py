"""資格の言葉: the Japanese names of reasons and the sentences of why somebody is insured."""

from kaigo.common.trace import Catalogue

ACQUISITION_REASONS: dict[str, str] = {}
LOSS_REASONS: dict[str, str] = {}
CATALOGUE = Catalogue({})
