from __future__ import annotations

import pytest

from petal_constructs.jobs.shell import read_script


def commands(text):
    return [[word.text for word in command.words] for command in read_script(text).commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", [["a", "b"]]),
        ("a 'b c' \"d e\" f\\ g", [["a", "b c", "d e", "f g"]]),
        ("a; b && c || d | e & f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a \\\n  b\nc", [["a", "b"], ["c"]]),
        ("a # b\n#c\nd#e", [["a"], ["d#e"]]),
        ("X=1 Y=2 a", [["a"]]),
        ("X=one; a $X ${X}s '$X'", [["a", "one", "ones", "$X"]]),
        ("for X in 1 2; do a $X; done", [["a", "$X"]]),
        ("if a; then b; else c; fi", [["a"], ["b"], ["c"]]),
        ("while ! a; do b; done", [["a"], ["b"]]),
        ("case $X in y) a ;; *) b ;; esac", [["a"], ["b"]]),
        ("case $X in\n (y|z)\n  a | b ;;&\n v) ;;\nesac\nc", [["a"], ["b"], ["c"]]),
        ("case 1 in x) case 2 in y) a;; z) b;; esac; c;; w) d; esac", [["a"], ["b"], ["c"], ["d"]]),
        ("A=(b $(c) 'd e')\nB+=(\n f # don't\n g\n)\nh", [["c"], ["h"]]),
        (
            "if [[ $X =~ ^(a|b)$ && c != d ]]; then e; fi",
            [["[[", "$X", "=~", "^", "a", "b", "$", "c", "!=", "d", "]]"], ["e"]],
        ),
        ("(( a > 3 )) && b; for ((i=0;i<a;i++)); do c; done", [["b"], ["c"]]),
        ("command -v a && command b", [["command", "-v", "a"], ["b"]]),
        ("time nice -n 5 timeout 60 a b", [["a", "b"]]),
        ("env A=1 B=2 a", [["a"]]),
        ("a > out 2>&1 < in >> more", [["a"]]),
        ("a <<E\nb c\nE\nd", [["a"], ["d"]]),
        ("a <<-'E F' | b\n\tc\n\tE F\nd", [["a"], ["b"], ["d"]]),
        ("a <<E <<F\n1\nE\n2\nF\nb", [["a"], ["b"]]),
        ("a <<< word b", [["a", "b"]]),
        ("a $(b c) d", [["b", "c"], ["a", "$(b c)", "d"]]),
        ("a `b c`", [["b", "c"], ["a", "`b c`"]]),
        ("a $((1 + 2)) b", [["a", "$((1 + 2))", "b"]]),
        ("f() { a; }\ng ()\n{\nb\n}", [["a"], ["b"]]),
        ("( cd x && a )", [["cd", "x"], ["a"]]),
        ("a\t\r\nb", [["a"], ["b"]]),
    ],
)
def test_commands_are_what_a_shell_would_run(text, expected):
    assert commands(text) == expected


def test_words_have_their_places():
    script = read_script("#!/bin/bash\n\na 'b'  \\\n  c; d\n")

    spots = [(w.text, w.spot.line, w.spot.column) for c in script.commands for w in c.words]
    assert spots == [("a", 3, 1), ("b", 3, 3), ("c", 4, 3), ("d", 4, 6)]


def test_functions_are_known_by_name():
    assert read_script("f() { a; }\nfunction g { b; }\nfunction h() { c; }").functions == {*"fgh"}


def test_a_shell_fills_in_documents_whose_mark_has_no_quotes():
    documents = read_script("a <<E\nE\nb <<'F'\nF\nc <<\\G\nG\n").documents

    assert [document.filled for document in documents] == [True, False, False]


def test_files_that_are_written_are_known_by_name():
    (command,) = read_script("a > one 2>> two < three &> four").commands

    assert [word.text for word in command.outputs] == ["one", "two", "four"]


def test_a_here_document_belongs_to_the_command_that_reads_it():
    first, second = read_script("cat x\nsbatch -p y <<EOF\n#!/bin/sh\n1\nEOF\n").commands

    assert first.document is None
    assert (second.document.text, second.document.line) == ("#!/bin/sh\n1\n", 3)


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a $(b", "a `b", "a <<E\nb"])
def test_what_never_ends_is_told(text):
    assert read_script(text).open_quote is not None
