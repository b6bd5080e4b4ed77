"""Names that look alike: their skeletons, by Unicode's UTS 39."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from chatsvc.text.names import MOST_NORMALIZED


def skeleton(name: str) -> str:
    """The form in which look-alike names, and names that differ only in case, are equal.

    It is the skeleton of Unicode Technical Standard 39, section 4, without regard to case: names
    with the same `folded` form have the same one. A skeleton is its own skeleton. It is for
    comparing, not for showing.
    """
    return _skeleton(name[:MOST_NORMALIZED])


@lru_cache(maxsize=1000)  # as most is said in a few rooms
def _skeleton(name: str) -> str:
    looks = compatible(name).translate(_LOOKS)
    found = _DOTS.sub("", unicodedata.normalize("NFD", looks))[:MOST_NORMALIZED]
    return name if found == name else found  # which saves the memory of another text


def plain_look(name: str) -> str:
    """The look of an ordinary name, in its own case; "" for other names.

    An ordinary name has only letters, either Latin ones, with or without accents, or Hebrew ones;
    and it is in lower case, in capitals, or has one capital, at the start. Skeletons are too coarse
    for those: Maria and Marla (as I and l look alike), Erna and Ema, and דן and דו have the same.
    In ordinary names, only I and l look alike.
    """
    looks = unicodedata.normalize("NFD", name[:MOST_NORMALIZED])
    letters = "".join([each for each in looks if unicodedata.category(each)[0] != "M"])
    is_latin = letters.isascii() and (letters.islower() or letters.isupper() or letters.istitle())
    if not (letters.isalpha() and (is_latin or _HEBREW.fullmatch(letters))) or "\u0307" in looks:
        return ""
    return looks.translate(_PLAIN_LOOKS)


def compatible(name: str) -> str:
    """The form in which compatible spellings of a name, in any case, are equal."""
    # Compatibility caseless matching (the Unicode Standard, section 3.13), but with the case first,
    # so that names equal by casefold() stay equal. The lunate sigma looks like c, while the sigma
    # that it decomposes to looks like o.
    return _decomposed(_decomposed(name.casefold().replace("ϲ", "c")).casefold())


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFKD", name)


def is_greek(name: str) -> bool:
    """Whether all letters of a name are Greek."""
    letters = filter(str.isalpha, name)
    return all(unicodedata.name(letter, "").startswith("GREEK") for letter in letters)


# As small letters, they look like v and u; as capitals, like N and Y. The table has n and y: a
# whole name in Greek passes for a Latin one far more often in capitals.
TWO_FACED = frozenset("νυ")


# A dot above is not seen on a letter that has one (the i has become an l by then).
_DOTS = re.compile("(?<=[lj])\u0307+")


# From confusables.txt of Unicode 17.0 (© 2025 Unicode, Inc., Unicode License V3): each look, a
# colon, and the characters that have it, except those that casefold or decompose to something else.
# If a letter and its capital look different, its look is the one shared with Latin letters and
# digits; so i, l and 1 are one, as I is the capital of i and looks like l. Left out are characters
# that look alike within other scripts than the European ones, Arabic and Japanese.
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


# For ordinary names: accents that look alike, and I, which passes for l.
_PLAIN_LOOKS = {
    character: look
    for character, look in _LOOKS.items()
    if unicodedata.category(chr(character))[0] == "M"
} | {ord("I"): "l"}


_HEBREW = re.compile("[א-ת]+")
NAMES_OF_PEOPLE = frozenset({"ali"})  # it has the skeleton of "all", which is reserved
