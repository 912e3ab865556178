"""Dates as pages and texts write them, found with their offsets, and as ISO 8601.

Only what leaves no doubt is a date: a year of four digits, a month and a day, all of the Gregorian calendar.
`3/5/2024` is one in a language that tells whether the day or the month stands first. The same text gives the same
dates on every day and in every process, which is why no library of dates is asked: `dateutil` and `dateparser` fill
in the day of today.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

# Names of the months, folded, in the languages that have rule packs, from CLDR; a name that is another month in
# another of these languages (`listopad`) is left out.
_NAMES = (
    # January
    (
        "djan djanuari ene enero gen gener genn gennaio ian ianuarie jaan jaanuar jan janeiro januar januari "
        "january január januára janv janvier janvāris jänner led leden ledna lednu oca ocak saus sausio "
        "sausis sij siječanj siječnja siječnjem siječnju sty styczen styczeń stycznia styczniu tammi tammik "
        "tammikuu tammikuussa tammikuuta ιαν ιανουάριοσ ιανουαρίου січ січень січня янв январь января яну "
        "януари јан јануар јануари בינואר ינו ינואר ינו׳ לינואר جنوری يناير ژانویه ژانویهٔ जनवरी जन॰ জানু "
        "জানুয়ারি জানুয়ারী มกรา มกราคม เดือนมกราคม იან იანვარი"
    ),
    # February
    (
        "feb febbraio feber febr febrer febrero februar februari februarie february február februára "
        "februāris fev fevereiro fév févr février helmi helmik helmikuu helmikuussa helmikuuta lut lutego "
        "luty lutym peb pebruari vas vasario vasaris veebr veebruar velj veljača veljače veljači veljačom úno "
        "únor února únoru únr şub şubat φεβ φεβρουάριοσ φεβρουαρίου лют лютий лютого феб фебруар фев февр "
        "февраль февраля февруари בפברואר לפברואר פבר פברואר פבר׳ فبراير فبروری فوریه فوریهٔ फ़रवरी फ़र॰ ফেব "
        "ফেব্রুয়ারি ফেব্রুয়ারী กุมภา กุมภาพันธ์ เดือนกุมภาพันธ์ თებ თებერვალი"
    ),
    # March
    (
        "bře březen března březnu kov kovas kovo maalis maalisk maaliskuu maaliskuussa maaliskuuta maart mar "
        "marca march marcu marec maret mars mart martie marts marzec marzo març março mrt mrz már márc "
        "március mär märts märz ožu ožujak ožujka ožujkom ožujku μάρ μάρτιοσ μαρ μαρτίου бер берез березень "
        "березня мар март марта במארס במרס במרץ למארס למרס למרץ מארס מרס מרץ مارس مارچ मार्च মার্চ มีค มีนา "
        "มีนาคม เดือนมีนาคม მარ მარტი"
    ),
    # April
    (
        "abr abril apr april aprile aprilie aprill apríl apríla aprīlis avr avril bal balandis balandžio dub "
        "duben dubna dubnu huhti huhtik huhtikuu huhtikuussa huhtikuuta kwi kwie kwiecien kwiecień kwietnia "
        "kwietniu nis nisan tra travanj travnja travnjem travnju ápr április απρ απρίλιοσ απριλίου апр апрель "
        "апреля април кві квіт квітень квітня אפר אפריל אפר׳ באפריל לאפריל آوریل أبريل اپریل अप्रैल এপ্রি "
        "এপ্রিল เดือนเมษายน เมย เมษา เมษายน აპრ აპრილი"
    ),
    # May
    (
        "geg gegužė gegužės kvě květen května květnu mag maggio mai maig maijs maio maj maja maju may mayo "
        "mayıs mei máj mája május svi svibanj svibnja svibnjem svibnju touko toukok toukokuu toukokuussa "
        "toukokuuta μάι μάιοσ μαΐ μαΐου май мая мај трав травень травня במאי למאי מאי مايو مهٔ พฤษภา "
        "พฤษภาคม เดือนพฤษภาคม მაი მაისი"
    ),
    # June
    (
        "birž birželio birželis cze czerwca czerwcu czerwiec djuni giu giugno haz haziran iun iunie juin jun "
        "june junho juni junij junio juny juuni jún júna június jūn jūnijs kesä kesäk kesäkuu kesäkuussa "
        "kesäkuuta lipanj lipnja lipnjem lipnju čer červen června červnu čvn ιουν ιουνίου ιούν ιούνιοσ июн "
        "июнь июня чер черв червень червня юни јун јуни ביוני יונ יוני ליוני جون يونية يونيه يونيو ژوئن जून "
        "জুন มิถุนา มิถุนายน มิย เดือนมิถุนายน ივნ ივნისი"
    ),
    # July
    (
        "djuli heinä heinäk heinäkuu heinäkuussa heinäkuuta iul iulie juil juillet jul julho juli julij julio "
        "juliol july juuli júl júla július jūl jūlijs liep liepa liepos lipca lipcu lipiec lug luglio srpanj "
        "srpnja srpnjem srpnju tem temmuz července červenci červenec črc črv čvc ιουλ ιουλίου ιούλ ιούλιοσ "
        "июл июль июля лип липень липня юли јул јули ביולי יול יולי ליולי جولای يولية يوليه يوليو ژوئیه "
        "ژوئیهٔ जुलाई जुल॰ জুল জুলাই กรกฎา กรกฎาคม เดือนกรกฏาคม ივლ ივლისი"
    ),
    # August
    (
        "ago agost agosto agt agu agustus aoû août aug august augusta augusti augusts augustus augusztus avg "
        "avgust ağu ağustos elo elok elokuu elokuussa elokuuta kol kolovoz kolovoza kolovozom kolovozu rugp "
        "rugpjūtis rugpjūčio sie sierpien sierpień sierpnia sierpniu srpen srpna srpnu αυγ αυγούστου αύγ "
        "αύγουστοσ авг август августа сер серп серпень серпня אוג אוגוסט אוג׳ באוגוסט לאוגוסט آگست أغسطس اوت "
        "अगस्त अग॰ আগস্ট สิงหา สิงหาคม เดือนสิงหาคม აგვ აგვისტო"
    ),
    # September
    (
        "eyl eylül rugs rugsėjis rugsėjo ruj rujan rujna rujnom rujnu sep sept september septembra septembre "
        "septembrie septembris septembro septiembre set setembre setembro setiembre settembre syys syysk "
        "syyskuu syyskuussa syyskuuta szept szeptember wrz wrzesien wrzesień wrzesnia wrzesniu września "
        "wrześniu zář září σεπ σεπτέμβριοσ σεπτεμβρίου вер верес вересень вересня сен сент сентябрь сентября "
        "сеп септ септембар септември септм בספטמבר לספטמבר ספט ספטמבר ספט׳ سبتمبر سپتامبر سپتمبر सितंबर "
        "सितम्बर सित॰ সেপ সেপ্টেম্বর กันยา กันยายน เดือนกันยายน სექ სექტემბერი"
    ),
    # October
    (
        "eki ekim listopadom loka lokak lokakuu lokakuussa lokakuuta oct october octobre octombrie octubre "
        "okt oktober oktobris oktoober október októbra ott ottobre out outubro paz pazdziernik pazdziernika "
        "pazdzierniku paź październik października październiku spal spalio spalis říj říjen října říjnu οκτ "
        "οκτωβρίου οκτώβριοσ жов жовт жовтень жовтня окт октобар октомври октябрь октября אוק אוקטובר אוק׳ "
        "באוקטובר לאוקטובר أكتوبر اکتبر اکتوبر अक्टूबर अक्तूबर अक्तू॰ অক্টো অক্টোবর ตุลา ตุลาคม เดือนตุลาคม "
        "ოქტ ოქტომბერი"
    ),
    # November
    (
        "kas kasım lapkr lapkritis lapkričio listopadzie marras marrask marraskuu marraskuussa marraskuuta "
        "noiem noiembrie nop nopember nov november novembra novembre novembris novembro noviembre stu studeni "
        "studenim studenog studenoga studenom studenome studenomu νοέ νοέμβριοσ νοε νοεμβρίου лис лист листоп "
        "листопад листопада нов новембар ное ноем ноември ноя нояб ноябрь ноября בנובמבר לנובמבר נוב נובמבר "
        "נוב׳ نوامبر نوفمبر نومبر नवंबर नवम्बर नव॰ নভে নভেম্বর พฤศจิ พฤศจิกายน เดือนพฤศจิกายน ნოე ნოემბერი"
    ),
    # December
    (
        "ara aralık dec december decembra decembrie decembris des desember desembre dets detsember dez "
        "dezember dezembro dic dicembre diciembre déc décembre gru grudnia grudniu grudzien grudzień gruod "
        "gruodis gruodžio joulu jouluk joulukuu joulukuussa joulukuuta pro prosinac prosinca prosince "
        "prosincem prosinci prosincu prosinec δεκ δεκέμβριοσ δεκεμβρίου гру груд грудень грудня дек декабрь "
        "декабря декември дец децембар בדצמבר דצמ דצמבר דצמ׳ לדצמבר دسامبر دسمبر ديسمبر दिसंबर दिसम्बर दिस॰ "
        "ডিসে ডিসেম্বর ธันวา ธันวาคม เดือนธันวาคม დეკ დეკემბერი"
    ),
)
_MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}
_YEARS = range(1900, 2100)  # of dates; a year before or after is mostly none, or of another calendar

_WORD = r"[^\W\d_][^\s\d,.:;|/()\[\]<>-]{2,19}"  # `\w` has no vowel signs of Indic scripts
_DAY = r"\d{1,2}(?!\d)"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_ALONE = r"(?<![\d./-])"  # no digits, and no part of a longer number, stand before
# The ways to write a date, in the order in which they are tried at each place.
_WAYS = (
    rf"(?P<y1>{_YEAR})(?P<sep>[-/.])(?P<m1>\d{{1,2}})(?P=sep)(?P<d1>{_DAY})(?!-)",
    rf"(?P<y2>{_YEAR})\s?[年년]\s?(?P<m2>\d{{1,2}})\s?[月월]\s?(?P<d2>\d{{1,2}})\s?[日일]",
    rf"(?P<d3>{_DAY})(?:st|nd|rd|th|er|[.ºª°])?,?\s(?:de |del |of |d['’])?(?P<w3>{_WORD})[.,]{{0,2}}\s"
    rf"(?:de |del |of )?(?P<y3>{_YEAR})",
    rf"(?<![^\W\d_])(?P<w4>{_WORD})\.?\s(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y4>{_YEAR})",
    rf"(?P<y5>{_YEAR})\.?\s(?:m\.\s|gada\s)?(?P<w5>{_WORD})\s(?P<d5>{_DAY})",
    rf"(?P<d6>{_DAY})\.\s?(?P<m6>\d{{1,2}})\.\s?(?P<y6>{_YEAR})",
    rf"(?P<d7>{_DAY})(?P<sep7>[/-])(?P<m7>\d{{1,2}})(?P=sep7)(?P<y7>{_YEAR})(?![/-])",
    rf"(?P<d8>{_DAY})\stháng\s(?P<m8>\d{{1,2}})(?:,\s|\s)(?:năm\s)?(?P<y8>{_YEAR})",
)
_DATE = re.compile(_ALONE + "(?:" + "|".join(_WAYS) + ")", re.IGNORECASE)
# A time of day behind a date, with its zone if it is UTC or an offset from it. Other zones (`EST`) have no one
# offset.
_TIME = re.compile(
    r"(?:[Tt]|,?\s(?:(?:at|um|à|om|o|alle|kl\.?|às|a las|в|[-–—|·•])\s)?)(?P<hour>\d{1,2})[:h](?P<minute>\d\d)(?!\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s?(?P<utc>Z|UTC|GMT)\b(?![+-])|\s?(?:UTC|GMT)?(?P<sign>[+-])(?P<zh>\d\d):?(?P<zm>\d\d)(?!\d))?",
    re.IGNORECASE,
)
_MONTH_FIRST = frozenset(("en-us", "en-ph"))  # languages that write 5/3/2024 for the third of May
_EITHER = frozenset(("en", "en-ca"))  # languages of which some writers do


class Found(NamedTuple):
    """A date in a text: `text[start:end]` says it, `value` is ISO 8601, with the time if the text has one."""

    start: int
    end: int
    value: str


def find(text: str, lang: str | None = None) -> Iterator[Found]:
    """Yield the dates in a text, in order. The time is linear in its length."""
    position = 0
    while match := _DATE.search(text, position):
        if day := _day(match, lang):
            time = _TIME.match(text, match.end())
            value = _with_time(day, time) if time else None
            position = time.end() if time and value else match.end()
            yield Found(match.start(), position, value or day)
        else:
            position = match.start() + 1


def parse(text: str, lang: str | None = None) -> str | None:
    """Return the date that a text is about, as ISO 8601: the first in it; None if it has none."""
    found = next(find(text, lang), None)
    return found.value if found else None


def _day(match: re.Match[str], lang: str | None) -> str | None:
    """Return the day of a match as ISO 8601, None if it is no day, or may be one of two."""
    way = match.lastgroup and match.lastgroup[-1]
    parts = match.groupdict()
    year, day = int(parts[f"y{way}"]), int(parts[f"d{way}"])
    word = parts.get(f"w{way}")
    if word is not None:
        month = _MONTHS.get(_folded(word), 0)
    else:
        month = int(parts[f"m{way}"])
        if way == "7" and day != month:
            day, month = _ordered(day, month, (lang or "").lower())
    if year not in _YEARS:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _ordered(first: int, second: int, lang: str) -> tuple[int, int]:
    """Return day and month of `first/second/year`; 0 and 0 if they may stand in either order."""
    if first > 12 or second > 12:
        return (first, second) if first > 12 else (second, first)
    if lang in _MONTH_FIRST:
        return second, first
    return (0, 0) if not lang or lang in _EITHER else (first, second)


def _folded(word: str) -> str:
    """Return the name of a month as `_MONTHS` has it: `İ` and `ı` are an i, and an elided article is no part."""
    word = unicodedata.normalize("NFC", word).replace("İ", "i").casefold().replace("’", "'")
    return word[2:] if word.startswith("d'") else word


def _with_time(day: str, time: re.Match[str]) -> str | None:
    """Return a day with the time behind it as ISO 8601, None if that is no time."""
    hour, minute, half = int(time["hour"]), int(time["minute"]), (time["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half == "p")
    second = int(time["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone = "+00:00" if time["utc"] else f"{time['sign']}{time['zh']}:{time['zm']}" if time["sign"] else ""
    seconds = f":{second:02}" if time["second"] else ""
    return f"{day}T{hour:02}:{minute:02}{seconds}{zone}"
