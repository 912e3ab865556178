"""Names of languages as they come with documents, as BCP 47 tags.

The table is written out because it is all that is needed: `langcodes` would do it with a dependency, and turns `nb`
into `no`.
"""

from __future__ import annotations

# ISO 639-2 and 639-3 (both forms if there are two: `deu` and `ger`), and the two letters of ISO 639-1 that BCP 47
# uses.
_SHORT = """
    aar:aa abk:ab afr:af aka:ak alb:sq amh:am ara:ar arg:an arm:hy asm:as ava:av ave:ae aym:ay aze:az bak:ba bam:bm
    baq:eu bel:be ben:bn bis:bi bod:bo bos:bs bre:br bul:bg bur:my cat:ca ces:cs cha:ch che:ce chi:zh chu:cu chv:cv
    cor:kw cos:co cre:cr cym:cy cze:cs dan:da deu:de div:dv dut:nl dzo:dz ell:el eng:en epo:eo est:et eus:eu ewe:ee
    fao:fo fas:fa fij:fj fin:fi fra:fr fre:fr fry:fy ful:ff geo:ka ger:de gla:gd gle:ga glg:gl glv:gv gre:el grn:gn
    guj:gu hat:ht hau:ha hbs:sh heb:he her:hz hin:hi hmo:ho hrv:hr hun:hu hye:hy ibo:ig ice:is ido:io iii:ii iku:iu
    ile:ie ina:ia ind:id ipk:ik isl:is ita:it jav:jv jpn:ja kal:kl kan:kn kas:ks kat:ka kau:kr kaz:kk khm:km kik:ki
    kin:rw kir:ky kom:kv kon:kg kor:ko kua:kj kur:ku lao:lo lat:la lav:lv lim:li lin:ln lit:lt ltz:lb lub:lu lug:lg
    mac:mk mah:mh mal:ml mao:mi mar:mr may:ms mkd:mk mlg:mg mlt:mt mon:mn mri:mi msa:ms mya:my nau:na nav:nv nbl:nr
    nde:nd ndo:ng nep:ne nld:nl nno:nn nob:nb nor:no nya:ny oci:oc oji:oj ori:or orm:om oss:os pan:pa per:fa pli:pi
    pol:pl por:pt pus:ps que:qu roh:rm ron:ro rum:ro run:rn rus:ru sag:sg san:sa sin:si slk:sk slo:sk slv:sl sme:se
    smo:sm sna:sn snd:sd som:so sot:st spa:es sqi:sq srd:sc srp:sr ssw:ss sun:su swa:sw swe:sv tah:ty tam:ta tat:tt
    tel:te tgk:tg tgl:tl tha:th tib:bo tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr twi:tw uig:ug ukr:uk urd:ur uzb:uz
    ven:ve vie:vi vol:vo wel:cy wln:wa wol:wo xho:xh yid:yi yor:yo zha:za zho:zh zul:zu
"""
# The usual variety of languages that only ISO 639-3 divides: Mandarin (`cmn`) is Chinese to everybody else.
_USUAL = """
    als:sq arb:ar ayr:ay azj:az cmn:zh ekk:et gaz:om khk:mn lvs:lv npi:ne ory:or pbt:ps pbu:ps pes:fa plt:mg quz:qu
    swh:sw uzn:uz ydd:yi zsm:ms
"""
SHORT = dict(pair.split(":") for pair in (_SHORT + _USUAL).split())


def bcp47(name: str | None) -> str | None:
    """Return the BCP 47 tag of a language that is named by ISO 639; script or region may follow after `-` or `_`.

    `deu`, `ger` and `de` are all `de`, `arb_Arab` is `ar-Arab`. Other names, and None, come back as they are.
    """
    if name is None:
        return None
    primary, mark, rest = name.replace("_", "-").partition("-")
    return SHORT.get(primary.lower(), primary) + mark + rest
