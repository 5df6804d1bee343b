from __future__ import annotations

import pytest

from spacy_icd_ru.errors import InputError
from spacy_icd_ru.terminology.readers import read_terminology

NSI = 'ID;REC_CODE;MKB_CODE;MKB_NAME;ID_PARENT;ADDL_CODE;ACTUAL;DATE\n1;x;"J18";"Пневмония";;;1;\n'
YAML = "'00': Без диагноза\nJ18: Пневмония\n"
CLAML = (
    '<?xml version="1.0"?>\n<ClaML><Class code="J18" kind="category"><Rubric kind="preferred">'
    "<Label>Пневмония</Label></Rubric></Class></ClaML>"
)
LEXICON = "code\tname\tkind\tnote\nJ18\tПневмония\tpreferred\t\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [NSI, YAML, CLAML, LEXICON], ids=["nsi", "yaml", "claml", "lexicon"])
def test_the_content_decides(tmp_path, text, line_end, mark):
    path = tmp_path / "no_extension"
    path.write_bytes((mark + text.replace("\n", line_end)).encode())
    terminology, report = read_terminology(path)
    assert terminology.title("J18") == "Пневмония" and report.loaded == 1
    assert str(path) in report.summary()


def test_a_folder_of_lexicon_files(tmp_path):
    (tmp_path / "J00-J99.tsv").write_text(LEXICON, encoding="utf-8")
    (tmp_path / "K00-K93.tsv").write_text(LEXICON.replace("J18", "K71"), encoding="utf-8")
    terminology, report = read_terminology(tmp_path)
    assert {"J18", "K71"} <= set(terminology) and report.loaded == 2


def test_missing_file_and_empty_folder(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_terminology(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match=r"holds no \*\.tsv files"):
        read_terminology(tmp_path)


@pytest.mark.parametrize(
    "data, defect",
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (NSI.encode("cp1251"), "probably Windows-1251"),
        (YAML.encode("cp1251"), "Save it as UTF-8"),
        (LEXICON.encode("utf-16"), "UTF-16"),
        (NSI.encode()[:100] + b"\x00" + NSI.encode()[100:], "NUL bytes"),
        (CLAML.encode()[:-3], "is cut off or damaged"),
        (CLAML.encode().replace(b">", b">\x00", 1), "NUL bytes"),
        (NSI.replace("MKB_NAME", "TITLE").encode(), "has no column MKB_NAME"),
        (LEXICON.replace("kind", "type").encode(), "has no column kind"),
        (NSI.split("\n")[0].encode(), "holds no usable row"),
        (NSI.replace("J18", "18").encode(), "holds no usable row"),
        ("АГ: артериальная гипертензия\n".encode(), "holds no usable row"),
        ("Хронический бронхит, обострение.\n".encode(), "is no terminology"),
        (b"code;title\nJ18;x\n", "is no terminology"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "NUL bytes"),
        (b"{}", "is no terminology"),
        (b"x", "is no terminology"),
    ],
)
def test_refuses_in_one_line_that_names_the_file_and_the_cure(tmp_path, data, defect):
    path = tmp_path / "codes.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_terminology(path)
    message = str(error.value)
    assert defect in message and str(path) in message and "\n" not in message and error.value.cure
    assert "бронхит" not in message
