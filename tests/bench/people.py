"""A city of a million residents with names as they are in life: few surnames that very many have, and a long tail.

The same number gives the same city. Shares are about those of the common surnames of the country; nobody is real.
"""

import random
from datetime import date, timedelta

from django.db import connection

from audit.models import Office
from eligibility import search_keys
from kaigo.common import kana
from tests.bench.data import INSURED, PERIOD, RESIDENT, WARDS, Lines, public_id

# Surname, reading, how many of a thousand.
COMMON = """
佐藤 サトウ 15|鈴木 スズキ 14|高橋 タカハシ 11|田中 タナカ 10|伊藤 イトウ 8|渡辺 ワタナベ 6|渡邉 ワタナベ 2|山本 ヤマモト 8|
中村 ナカムラ 8|小林 コバヤシ 8|加藤 カトウ 7|吉田 ヨシダ 6|山田 ヤマダ 6|佐々木 ササキ 5|山口 ヤマグチ 5|松本 マツモト 5|
井上 イノウエ 5|木村 キムラ 4|林 ハヤシ 4|斎藤 サイトウ 3|齋藤 サイトウ 2|清水 シミズ 4|山崎 ヤマザキ 3|山﨑 ヤマザキ 1|
森 モリ 4|池田 イケダ 3|橋本 ハシモト 3|阿部 アベ 3|石川 イシカワ 3|山下 ヤマシタ 3|中島 ナカジマ 3|石井 イシイ 3|
小川 オガワ 3|前田 マエダ 3|岡田 オカダ 3|長谷川 ハセガワ 3|藤田 フジタ 3|後藤 ゴトウ 3|近藤 コンドウ 3|村上 ムラカミ 3|
遠藤 エンドウ 3|青木 アオキ 3|坂本 サカモト 3|福田 フクダ 3|太田 オオタ 3|西村 ニシムラ 3|藤井 フジイ 2|金子 カネコ 2|
岡本 オカモト 2|藤原 フジワラ 2|三浦 ミウラ 2|中野 ナカノ 2|中川 ナカガワ 2|原田 ハラダ 2|松田 マツダ 2|竹内 タケウチ 2|
小野 オノ 2|田村 タムラ 2|中山 ナカヤマ 2|和田 ワダ 2|石田 イシダ 2|森田 モリタ 2|上田 ウエダ 2|原 ハラ 2|
内田 ウチダ 2|柴田 シバタ 2|酒井 サカイ 2|宮崎 ミヤザキ 2|横山 ヨコヤマ 2|高木 タカギ 2|安藤 アンドウ 2|宮本 ミヤモト 2
"""
# The long tail is made of these.
HEADS = """
秋アキ 朝アサ 芦アシ 飯イイ 泉イズミ 今イマ 岩イワ 植ウエ 梅ウメ 江エ 榎エノキ 大オオ 奥オク 尾オ 柿カキ 片カタ 川カワ 北キタ 草クサ
黒クロ 桑クワ 河コウ 桜サクラ 笹ササ 塩シオ 島シマ 杉スギ 関セキ 園ソノ 滝タキ 谷タニ 土ツチ 堤ツツミ 寺テラ 富トミ 鳥トリ 永ナガ
鍋ナベ 成ナリ 新ニイ 西ニシ 根ネ 野ノ 萩ハギ 花ハナ 早ハヤ 東ヒガシ 平ヒラ 深フカ 古フル 星ホシ 細ホソ 堀ホリ 真マ 三ミ 水ミズ
南ミナミ 峰ミネ 宮ミヤ 村ムラ 本モト 森モリ 八ヤ 柳ヤナギ 湯ユ 横ヨコ 米ヨネ 若ワカ 鷲ワシ
"""
TAILS = """
井イ 内ウチ 浦ウラ 岡オカ 垣ガキ 川カワ 木キ 口グチ 倉クラ 越コシ 坂サカ 崎サキ 沢サワ 下シタ 島シマ 瀬セ 田タ 谷タニ 塚ツカ 津ツ
中ナカ 永ナガ 西ニシ 沼ヌマ 根ネ 野ノ 畑ハタ 原ハラ 部ベ 辺ベ 間マ 松マツ 見ミ 宮ミヤ 村ムラ 本モト 元モト 森モリ 屋ヤ 山ヤマ
脇ワキ
"""
GIVEN = """
花子ハナコ 和子カズコ 幸子サチコ 節子セツコ 洋子ヨウコ 恵子ケイコ 京子キョウコ 久子ヒサコ 文子フミコ 美代子ミヨコ 千代チヨ 梅ウメ 春ハル
陽葵ヒマリ 結衣ユイ 葵アオイ 美咲ミサキ 愛アイ 真由美マユミ 明美アケミ 太郎タロウ 一郎イチロウ 次郎ジロウ 三郎サブロウ 清キヨシ 実ミノル
勇イサム 茂シゲル 正雄マサオ 和夫カズオ 弘ヒロシ 隆タカシ 誠マコト 健一ケンイチ 大輔ダイスケ 翔ショウ 蓮レン 大翔ヒロト 湊ミナト
拓也タクヤ 直樹ナオキ 学マナブ 修オサム 博ヒロシ 進ススム 昭アキラ 昭子アキコ 敏子トシコ 良子ヨシコ 静シズ
"""
# Many more given names are made of these, each a third as frequent as those above.
GIVEN_HEADS = """
和カズ 幸サチ 節セツ 洋ヨウ 恵ケイ 京キョウ 久ヒサ 文フミ 千チ 光ミツ 静シズ 信ノブ 正マサ 敏トシ 良ヨシ 初ハツ
菊キク 春ハル 秋アキ 清キヨ 富トミ 道ミチ
"""
GIVEN_TAILS = "子コ 代ヨ 江エ 枝エ 美ミ 夫オ 雄オ 男オ 一イチ 彦ヒコ 治ジ 郎ロウ"
TOWNS = [f"{head[0]}{tail}町" for head in HEADS.split() for tail in ("", "見", "里")][:180]
HOUSES = ("見本ハイツ", "都荘", "コーポ若葉", "メゾン青葉", "県営住宅")


def split(word):
    """The kanji and the kana of one of the words above."""
    kanji = word.rstrip("".join(map(chr, range(0x30A1, 0x30FD))))
    return kanji, word[len(kanji) :]


def surnames():
    """Surnames, readings and weights: the common ones have about a third of all people."""
    found = [entry.split() for entry in COMMON.replace("\n", "").split("|")]
    tail = [(a + b, x + y) for a, x in map(split, HEADS.split()) for b, y in map(split, TAILS.split()) if a != b]
    share = 700 / sum(1 / (place + 30) for place in range(len(tail)))
    rare = [(name, reading, share / (place + 30)) for place, (name, reading) in enumerate(tail)]
    return [(name, reading, float(weight)) for name, reading, weight in found] + rare


def given_names():
    """Given names and readings; the common ones three times."""
    made = [(a + b, x + y) for a, x in map(split, GIVEN_HEADS.split()) for b, y in map(split, GIVEN_TAILS.split())]
    return [*map(split, GIVEN.split() * 3), *made]


def build(people, *, seed=1):
    """Residents, three in ten of them insured, with their keys."""
    dice = random.Random(seed)  # noqa: S311
    families = [
        (name, kana.name_key(name), reading, kana.search_key(reading), weight) for name, reading, weight in surnames()
    ]
    given = [(name, kana.name_key(name), reading, kana.search_key(reading)) for name, reading in given_names()]
    chosen = dice.choices(families, [family[-1] for family in families], k=people)
    offices = dict(Office.objects.exclude(ward_code="").values_list("ward_code", "id"))
    rows = Lines("eligibility_resident", RESIDENT)
    for number, (family, family_key, reading, reading_key, _) in enumerate(chosen, 1):
        own, own_key, own_reading, own_reading_key = dice.choice(given)
        ward, gone = WARDS[dice.randrange(6)], dice.random() < 0.1
        rows.add(
            number, public_id(number), f"{number:015}", 1, "2" if gone else "1", f"{family}　{own}",
            f"{reading}　{own_reading}", "", family_key + own_key, reading_key + own_reading_key,
            date(1926, 1, 1) + timedelta(days=dice.randrange(36_000)), "1", offices[ward], ward, "2600001",
            f"{dice.choice(TOWNS)}{dice.choice('一二三四五')}丁目", f"{dice.randrange(1, 40)}番{dice.randrange(1, 30)}号",
            f"{dice.choice(HOUSES)}{dice.randrange(101, 410)}" if number % 3 == 0 else "",
            f"043{number:07}" if number % 2 else "", date(2000, 1, 1), "", False, False, False, "",
        )  # fmt: skip
    rows.flush()
    insure(people)
    return search_keys.refresh()


def insure(people):
    """Three in ten are insured."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO eligibility_insured ({", ".join(INSURED)})
            SELECT n, gen_random_uuid(), n, '121004', lpad(n::text, 10, '0') FROM generate_series(1, %s) n
            WHERE n %% 10 < 3""",
            [people],
        )
        cursor.execute(
            f"""INSERT INTO eligibility_insuredperiod ({", ".join(PERIOD)})
            SELECT id, '1', '[2015-04-01,)', 'age65', '', '[]' FROM eligibility_insured"""
        )
