"""The batches of the levy room. Registered in AppConfig.ready."""

from audit.jobs import JobKind, register
from audit.rights import File
from levy import notices, yearly
from levy.services import SAMPLE_NOTICES, YEARLY

register(
    JobKind(
        YEARLY,
        "本算定（保険料の年次賦課）",
        File.LEVY,
        run=yearly.preview,
        commit=yearly.commit,
        discard=yearly.discard,
    )
)
register(JobKind(SAMPLE_NOTICES, "納入通知書の見本作成", File.LEVY, run=notices.make_samples))
