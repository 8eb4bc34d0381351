"""An invented city as the systems around this one would deliver it: files in their layouts, with known faults."""

from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.making import make_city
from linkage.counterparts.city.manifest import CityManifest

__all__ = ["CityConfig", "CityManifest", "make_city"]
