"""Names that people choose, none of which passes for another."""

from __future__ import annotations

import re
import unicodedata

from chatsvc.chat.errors import ChatError
from chatsvc.chat.names import PREFIX

SHORTEST = 2  # characters in NFC, as are all below
LONGEST = 32
_MOST = 4 * LONGEST + 2  # that become a name in NFC, or that of a room; what is longer is none
MARKS = 2  # combining characters in a row; a pile of them reaches into the lines around


class BadName(ChatError):
    """A name that nobody can choose."""


def checked(name: str) -> str:
    """The name as it is kept, in NFC.

    That is letters and decimal digits of any script, "-" and "_"; and combining characters after
    a letter, which many scripts cannot do without. Raises BadName.
    """
    # To put a pile of marks in order takes the square of its height; four make one at the most.
    name = unicodedata.normalize("NFC", name[:_MOST])
    if not SHORTEST <= len(name) <= LONGEST:
        raise BadName(f"A name has {SHORTEST} to {LONGEST} characters.")
    check_characters(name)
    if not _TWO_FACED.isdisjoint(_compatible(name)) and not _is_greek(name):
        raise BadName('Greek "ν" and "υ" look like other letters: they are for all-Greek names.')
    look = skeleton(name)
    if _GIVEN.fullmatch(look):
        raise BadName(f'Names like "{PREFIX}7" are given by the server; nobody can choose one.')
    if look in _RESERVED and name.casefold() not in _NAMES_OF_PEOPLE:
        raise BadName(f'"{name}" is reserved, or looks like a name that is.')
    return name


def folded(name: str) -> str:
    """What two spellings of one name have in common, be it of a person or of a room.

    Two names are one if this is the same for both: that is canonical caseless matching (the Unicode
    Standard, section 3.13, D145). It is for comparing, not for people to see.
    """
    if not name.isascii():
        decomposed = unicodedata.normalize("NFD", name[:_MOST])
        return unicodedata.normalize("NFC", decomposed.casefold())
    lower = name.lower()
    return name if name == lower else lower  # one string less for most of those who are here


def mentions(name: str, text: str) -> bool:
    """Whether a text speaks of somebody: whether the name stands in it as a whole word.

    All characters that a name may hold belong to a word, so neither "ann-marie" nor "ann_" speaks
    of ann.
    """
    wanted = folded(name)
    said = text.casefold()  # long texts are not normalised: that takes the square of their length
    for form in (wanted, unicodedata.normalize("NFD", wanted)) if wanted else ():
        start = said.find(form)
        while start >= 0:
            end = start + len(form)
            if not any(map(is_allowed, said[max(start - 1, 0) : start] + said[end : end + 1])):
                return True
            start = said.find(form, start + 1)
    return False


def skeleton(name: str) -> str:
    """What names have in common that look alike, or that differ in nothing but case.

    This is the skeleton of Unicode Technical Standard 39, section 4, without regard to case: names
    that are `folded` to the same have the same one. A skeleton is its own skeleton. It is for
    comparing, not for people to see.
    """
    looks = _compatible(name[:_MOST]).translate(_LOOKS)
    return _DOTS.sub("", unicodedata.normalize("NFD", looks))[:_MOST]


def plain_look(name: str) -> str:
    """What an ordinary name looks like in the case in which it is written; "" for other names.

    An ordinary name has nothing but letters, either Latin ones, with or without accents, or Hebrew
    ones; and it is in lower case, in capitals or begins with the only capital. Skeletons are
    too coarse for those: they make one of Maria and Marla (as I and l look alike), Erna and Ema,
    and דן and דו. Of two ordinary names, all that looks alike is I and l.
    """
    looks = unicodedata.normalize("NFD", name[:_MOST])
    letters = "".join([each for each in looks if unicodedata.category(each)[0] != "M"])
    is_latin = letters.isascii() and (letters.islower() or letters.isupper() or letters.istitle())
    if not (letters.isalpha() and (is_latin or _HEBREW.fullmatch(letters))) or "\u0307" in looks:
        return ""
    return looks.translate(_PLAIN_LOOKS)


def _compatible(name: str) -> str:
    # Compatibility caseless matching (the Unicode Standard, section 3.13), but with the case first,
    # so that what casefold() calls the same is the same. And the lunate sigma looks like c, while
    # the sigma that it decomposes to looks like o.
    return _decomposed(_decomposed(name.casefold().replace("ϲ", "c")).casefold())


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFKD", name)


def check_characters(name: str) -> None:
    """See whether a name holds nothing but what a name may. Raises BadName."""
    marks = 0  # that may come next
    for character in name:
        kind = unicodedata.category(character)
        if not is_allowed(character) or _BLANK.match(character):
            what = unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
            raise BadName(f'A name is made of letters, digits, "-" and "_": no {what}.')
        if kind[0] != "M":
            marks = MARKS if kind[0] == "L" else 0
        elif marks:
            marks -= 1
        else:
            raise BadName(f"Accents and the like come after a letter, {MARKS} at most.")
    if name[0] in "-_":
        raise BadName("A name begins with a letter or a digit.")


def is_allowed(character: str) -> bool:
    """Whether a character may stand in a name."""
    kind = unicodedata.category(character)
    return kind[0] == "L" or kind in ("Nd", "Mn", "Mc") or character in "-_"


def _is_greek(name: str) -> bool:
    letters = filter(str.isalpha, name)
    return all(unicodedata.name(letter, "").startswith("GREEK") for letter in letters)


# The letters and marks that show nothing (Default_Ignorable_Code_Point in Unicode's
# DerivedCoreProperties.txt); isprintable() is true of them.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# Small, they look like v and u; as capitals, like N and Y. The table has them as n and y: a whole
# name in Greek passes for a Latin one far more often in capitals.
_TWO_FACED = frozenset("νυ")
# A dot above is not seen on what has one of its own (the i has become an l by then).
_DOTS = re.compile("(?<=[lj])\u0307+")

# From confusables.txt of Unicode 17.0 (© 2025 Unicode, Inc., Unicode License V3): each look, a
# colon, and the characters that have it. Those are not in here that casefold or decompose to
# something else. Of a letter whose capital looks different, the look is taken that Latin letters
# and digits have; which makes i, l and 1 one, as I is the capital of i and looks like l. Left out
# are characters that look alike within scripts other than the European ones, Arabic and Japanese.
_TABLE = """
':ʹʻʼʽʾˈˊˋ\u05d9\u07f4\u07f5ᑊᛌꞌ\U00016f51\U00016f52 '':ʺˮ\u05f2 'b:ɓ 'd:ɗ 'p:ƥ 't:ƭ 'y:ƴ -:ⲻ
2:ƨϩᒿᴤꙅꝛ 3:ȝɜʒзӡ३૩ჳᴈⲝⳅⳍꝫ𑣊𖼻 4:Ꮞ𑣏 5:𑣛 6:бᏮⳓⳝ𑣕 7:𐓺𑣆 8:ȣ৪੪\u0b03𐌚 9:৭੧୨൭ⳋꝯ𑣌𑣖 _:\u07fa a:ɑαаᎪᗅꓮ𐊠𖽀
aa:ꜳ ae:æӕ ao:ꜵ au:ꜷ av:ꜹꜻ ay:ꜽ b:ƅβвьᏏᏴᑲᖯᗷⲃꓐꞵ𐊂𐊡𐌁 b':ᒈ bl:ы c:сငၚᏟᴄⲥꓚ𐊢𐌂𐐽𐔜𑣩 c':ƈ d:ԁᎠᏧᑯᗞᗪꓒꓓ d':ᒇ
d3:ʤ dz:ʣ e:εеҽᎬⴹꓰꬲ𐊆𑣎 f:ƒϝքᖴẝꓝꞙꬵ𐊇𐊥𐔥𑣂 g:ƍɡԍցᏀᏳᶃꓖ g':ɠ h:ηнһհᎻᏂᕼⲏꓧ𐋏 j:ʝϳјᎫᒍꓙ k:κкᏦᛕⲕꓗ𐔘 k':ƙ
l:1iıǀɩɪιіӏւ\u05d5\u05df\u0627\u0661\u06f1\u07caᎥᏞᒪᛁⲓⳑⵏꓡꓲꙇ𐊊𐌉𐑃𐔦𑣃𑣒𖼖𖼨 l':\u05f1 l3:ɮ ll:ǁ\u05f0
lo:ю ls:ʪ lz:ʫ n:νոռበᑎⲛꓠꓵ𐔓 n':ᑨ
o:0οσϛϭоօ\u05e1\u0647\u0665\u06be\u06c1\u06d5\u06f5\u07c0०০੦૦ଠ୦௦\u0c02౦\u0c82೦\u0d02ഠ൦\u0d82๐໐ဝ၀ჿዐ០ᴏᴑⲋⲟⵔꓳꬽ𐊒𐊫𐐬𐓪𐔖𑓐𑣈𑣗𑣠
o':Ꭴ oe:œ oo:ꚙꝏ p:þƿρϸрᏢᑭⲣⳏꓑ𐊕𐓬 p':ᒆ q:ԛգզⵕ r:ʀгᎡᎱᏒᖇᴦⲅꓣꭇꭈ𐓜𖼵 r':ґ rn:mμϻмᎷᗰᛖⲙꓟ𐊰𐌑𑜀𑣣 s:ƽѕտടᏕᏚꓢꜱ𐊖𐑈𑣁𖼺
ss:Ᏸꟗ t:τтᎢⲧꓔ𐊗𐊱𐌕𖼊 t3:ꜩ tf:ꝷ ts:ʦ u:ʋսሀᑌᴜꓴꞟꭎꭒ𐓶𑣘𖽂 u':ᑧ ue:ᵫ uo:ꭣ v:ѵ\u05d8\u0667\u06f7Ꮩᐯᴠⴸꓦꛟ𐔝𑜆𑣀𖼈
w:ɯшѡԝաᎳᏇᏔᗯᴡⲽꓪ𑜊𑜎𑜏𑣦 x:χхᕁᕽᚷⲭⵝꓫꭓꭕ𐊐𐊴𐌗𐔧 y:ɣʏγυуүყᎩᎽᒥᶌỿⲩꓬꭚ𐊲𑣜𖼇𖽃 z:ζᏃᴢꓜ𑣄𑣉𑣥 -\u0307:ⲳ 2\u0335:ƻ
3\u0326:ҙ b\u0304:ƃ b\u0335:ƀѣҍ c\u0326:ҫ c\u0338:ȼ dʑ:ʥ d\u0304:ƌ d\u0328:ɖ d\u0335:ðđ
e\u0328:ҿ e\u0338:ɇ fn\u0329:ʩ f\u0334:ᵮ g\u0335:ǥ h\u0314:ɦᏲꚕ h\u0326:ӈӊ h\u0329:ңⱨ h\u0335:ħћ
j\u0335:ɉ k\u0329:қⱪ k\u0335:ҟꝁ l\u0328:ɭ l\u0334:ɫ l\u0335:ƚɨᵻᵼ l\u0338:ł n\u0326:ɲ n\u0328:ɳ
n\u0329:ŋƞղ n\u0334:ᵰ o\u0335:ɵθѳөᎾᏫⲑꝋ o\u0338:øꬾ o\u102c:თ oᴇ:ɶ p\u0335:ᵽ q\u0314:ʠ
rn\u0326:ɱӎ rn\u0334:ᵯ r\u0328:ɽ r\u0329:ɼ r\u0334:ᵲ r\u0335:ɍғ s\u0328:ʂ s\u0334:ᵴ tɕ:ʨ tʃ:ʧ
t\u0328:ʈ t\u0329:ҭ t\u0334:ᵵ t\u0335:ŧ t\u0338:ⱦ u\u0329:џ u\u0335:ʉᏌᵾ w\u0326:ꝡ
w\u0486\u0487:ѽ x\u0329:ҳ y\u0335:ɏұ z\u0326:ȥ z\u0328:ʐ z\u0334:ᵶ z\u0335:ƶ ĸ:ᴋ ƕ:ԋ ƫ:Ꮏ ǝ:əә
ǝo:ᴔ ǝo\u0335:ꭂ ǝo\u0338:ꭁ ȷ:յ ɂ:Ꭾ ɋ:ᶐ ɔ:ͻᴐↄ ɔe:ꭢ ɔ\u0338:ꬿ ɰ:պ ɸ:φфփⲫⳡ ɾ\u0334:ᵳ ʃ:ꭍ ʊ\u0335:ᵿ
ʌ:λл\u0668\u06f8ᴧᴫⲗ ʌ\u0326:ӆ ʌ\u0338:ƛ ʍ:ᴍ ʘ:ꙩ ʚ:ꞝ ˉb:ъ ˉbl:ꙑ \u0302:\u0311 \u0303:\u0342
\u0304:\u0305 \u0306:\u030c\u036e \u0306\u0307:\u0310 \u0307:\u0358 \u030a:\u0366 \u0313:\u0315
\u0326:\u0321\u0327\u0339 \u0328:\u0322 \u0331:\u0320 \u0333:\u0347 \u0335:\u0336 \u0338:\u0337
\u0350:\u0357 ξ:ⲷ π:пᴨⲡ ψ:ѱⲯ ω:ⲱꙍꞷ ϗ:ⳤ ϼ:ⳁ ж\u0329:җ ч:ϥ љ:ꭠ ҷ:ӌ ՙ:ʿ \u0629:\u06c3
\u062a:\u067a \u062d\u0654:\u0681 \u062f\u06db:\u068e\u068f \u0641:\u06a7 \u0643:\u06a9\u06aa
\u0643\u06db:\u06ad \u0649:\u064a\u066e\u06ba\u06cc\u06d2 \u0649\u0306:\u06ce
\u0649\u0615:\u0679\u06bb \u0649\u06db:\u062b\u063f\u067e\u06bd\u06d1 \u0662:\u06f2
\u0663:\u06f3 \u0664:\u06f4 \u0666:\u06f6 \u0669:\u06f9 \u067b:\u06d0 \u06a1:\u066f
\u06a1\u06db:\u06a4\u06a8 ര:ი ሆ:մ ኮ:ի ᴎ:ͷи ᴎ\u0326\u0306:ҋ ᴘ:ᴩ ᴙ:я ẟ:δծⲇ ⱬ:ⲍ ⱶ:ͱᎨᎰ へ:ヘ ー:一ꟷ
二:ニ 亻:イ 八:ハ 力:カ 卜:ト 口:ロ 夕:タ 工:エ ꓕ:ʇ ꜧ:ꞕ ꜿ:ͽ ꞇ:ⴀ ꞓ:ɛєԑᏋⲉ 𐊨:ꚛ 𐐺:ꞛ
"""
_LOOKS = str.maketrans(
    {
        character: look
        for look, characters in (group.split(":") for group in _TABLE.split())
        for character in characters
    }
)
# Of an ordinary name: accents that look alike, and the one letter that another passes for.
_PLAIN_LOOKS = {
    character: look
    for character, look in _LOOKS.items()
    if unicodedata.category(chr(character))[0] == "M"
} | {ord("I"): "l"}
_HEBREW = re.compile("[א-ת]+")

_GIVEN = re.compile(rf"{skeleton(PREFIX)}[{skeleton('0123456789')}\d]+")
_RESERVED = frozenset(
    skeleton(name)
    for name in (
        *("server", "system", "root", "admin", "administrator", "operator", "moderator", "staff"),
        *("everyone", "everybody", "all", "anyone", "someone", "nobody", "here", "me", "you"),
        *("client", "guest", "anonymous"),
    )
)
_NAMES_OF_PEOPLE = frozenset({"ali"})  # which has the skeleton of "all"
