from __future__ import annotations

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.readers import read_claml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE ClaML SYSTEM "ClaML.dtd">\n'
BODY = """<ClaML version="2.0.0">
<Meta name="x" value="y"/>
<Title date="2020-01-01" name="ICD-10-X" version="2019">ICD-10</Title>
<Modifier code="M"><SubClass code="M1"/></Modifier>
<ModifierClass code="M1" modifier="M"><SuperClass code="M"/>
 <Rubric kind="preferred"><Label xml:lang="en">Modifier</Label></Rubric></ModifierClass>
<Class code="I" kind="chapter"><SubClass code="A00-A09"/>
 <Rubric kind="preferred"><Label xml:lang="en">Infections</Label></Rubric>
 <Rubric kind="exclusion"><Label xml:lang="en">Not this <Reference>K71</Reference></Label></Rubric></Class>
<Class code="A00-A09" kind="block"><SuperClass code="I"/><SubClass code="A06"/>
 <Rubric kind="preferred"><Label xml:lang="en">Gut</Label></Rubric></Class>
<Class code="A06" kind="category"><SubClass code="A06.4"/>
 <Rubric kind="preferred"><Label xml:lang="en">Amoebae</Label>
 <Label xml:lang="ru">Амёбы</Label></Rubric></Class>
<Class code="A06.4" kind="category" usage="dagger"><SuperClass code="A06"/>
 <Rubric kind="preferred"><Label xml:lang="en"><Para>Abscess</Para><Para>of liver &amp; more</Para>
  <Reference class="in brackets" usage="aster" code="K77.0">K77.0</Reference></Label></Rubric></Class>
<Class code="K77.0" kind="category" usage="aster">
 <Rubric kind="preferred"><Label xml:lang="en">Liver
   in disease</Label></Rubric></Class>
</ClaML>
"""


def read(folder, text):
    path = folder / "icd10.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_claml(path)


def test_reads_classes(tmp_path):
    terminology, report = read(tmp_path, HEAD + BODY)
    assert (report.loaded, report.skipped) == (5, [])
    assert (terminology.name, terminology.version) == ("ICD-10-X", "2019")
    assert (
        terminology.path("A06.4") == ("A00-A09", "A06", "A06.4") and terminology.chapter("A06") == "A00-B99"
    )
    assert terminology.title("A06") == "Амёбы" and terminology.title("A00-B99") == "Infections"
    assert terminology.title("A06.4") == "Abscess of liver & more (K77.0*)"
    assert terminology.title("K77.0") == "Liver in disease"
    assert terminology.asterisk("A06.4") == ("K77.0",) and terminology.dagger("K77.0") == ("A06.4",)
    assert report.made == ["K00-K93", "K70-K77", "K77"]


def test_the_mark_of_a_reference_counts_where_the_class_has_none(tmp_path):
    terminology, _ = read(tmp_path, BODY.replace(' usage="dagger"', ""))
    assert terminology["A06.4"].usage == "dagger"


@pytest.mark.parametrize(
    "row, reason",
    [
        (
            '<Class code="A1" kind="category"><Rubric kind="preferred"><Label>x</Label></Rubric></Class>',
            "not an ICD",
        ),
        (
            '<Class kind="category"><Rubric kind="preferred"><Label>x</Label></Rubric></Class>',
            "not an ICD-10",
        ),
        (
            '<Class code="A06" kind="category"><Rubric kind="preferred"><Label>x</Label></Rubric></Class>',
            "already",
        ),
        (
            '<Class code="A07" kind="category"><Rubric kind="inclusion"><Label>x</Label></Rubric></Class>',
            "label",
        ),
        ('<Class code="A07" kind="category"/>', "no preferred label"),
    ],
)
def test_a_broken_class_is_skipped_and_reported(tmp_path, row, reason):
    _, report = read(tmp_path, BODY.replace("</ClaML>", f"{row}\n</ClaML>"))
    ((number, why),) = report.skipped
    assert reason in why and report.loaded == 5
    assert BODY.replace("</ClaML>", f"{row}\n</ClaML>").split("\n")[number - 1] == row


BOMB = (
    '<!DOCTYPE ClaML [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    '<ClaML><Class code="A06" kind="category"><Rubric kind="preferred">'
    "<Label>&b;</Label></Rubric></Class></ClaML>"
)
FOREIGN = BOMB.replace(
    '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">'
)
PARAMETER = '<!DOCTYPE ClaML [<!ENTITY % p SYSTEM "http://localhost:1/x"> %p;]><ClaML/>'


@pytest.mark.parametrize(
    "text, defect",
    [
        (BOMB, "declares XML entities"),
        (FOREIGN, "declares XML entities"),
        (PARAMETER, "declares XML entities"),
        (HEAD + BODY[:900], "is cut off or damaged in row"),
        (HEAD + BODY.replace("</Rubric>", "", 1), "is cut off or damaged in row"),
        ("<ClaML>&unknown;</ClaML>", "is cut off or damaged"),
        ("<ClaML></ClaML>", "holds no usable class"),
        ("<html><body/></html>", "is XML but no ClaML: its root is html"),
        ('<?xml version="1.0" encoding="no-such"?><ClaML/>', "encoding"),
        ("<ClaML/>\0", "is cut off or damaged"),
        ("", "is empty"),
    ],
)
def test_refuses_in_one_line(tmp_path, text, defect):
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert defect in str(error.value) and "icd10.xml" in str(error.value) and "\n" not in str(error.value)


def test_other_encodings_that_xml_declares(tmp_path):
    text = '<?xml version="1.0" encoding="windows-1251"?>\n' + BODY
    terminology, _ = read(tmp_path, text.encode("cp1251", errors="replace"))
    assert terminology.title("A06") == "Амёбы"
