"""PostgreSQL functions for search texts and name order, created by a migration operation.

A search text holds each of its sources as it is, N between the characters, and by its initials, P between them, in every
spelling where characters have several readings; each on a line of its own, which ends with the number of characters.
长沙 gives N长N沙N2, PcPsP2 and PzPsP2. Capitals separate because the normal form has none. So a trigram is two neighbours
or, with a separator on both sides, one character: the trigram index serves words of one and two characters, too. By the
number it tells whole names from the many that begin and end alike.
"""

from __future__ import annotations

from base64 import b64encode

from django.db.migrations import RunSQL

from hunan_trade.lists.search import pinyin_initials_and_ranks
from hunan_trade.text_cleaning import UNSEEN

# As many spellings a source has; what is ambiguous beyond them is spelled by the most frequent reading alone.
MAX_SPELLINGS = 16

_CREATE = """
CREATE FUNCTION lists_normal_form(typed text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT lower(normalize(regexp_replace(normalize(typed, NFKC), '{unseen}', '', 'g'), NFKC) COLLATE "C")
$$;
CREATE FUNCTION lists_pinyin_initials() RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT decode('{initials}', 'base64')
$$;
CREATE FUNCTION lists_pinyin_ranks() RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT decode('{ranks}', 'base64')
$$;
CREATE FUNCTION lists_search_text(VARIADIC sources text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found text := E'\\n';
    source text;
    characters text[];
    sign text;
    letters text;
    spellings text[];
    longer text[];
    spelling text;
    initials text;
    code integer;
BEGIN
    FOREACH source IN ARRAY sources LOOP
        characters := string_to_array(lists_normal_form(source), NULL);
        CONTINUE WHEN characters IS NULL OR characters = '{{}}';
        initials := 'P';
        spellings := NULL;
        FOREACH sign IN ARRAY characters LOOP
            code := ascii(sign);
            IF code BETWEEN {first} AND {last} THEN
                code := get_byte(lists_pinyin_initials(), code - {first});
                IF code >= 128 THEN
                    letters := ('{{{ambiguous}}}'::text[])[code - 127];
                    IF coalesce(cardinality(spellings), 1) * length(letters) > {max_spellings} THEN
                        letters := left(letters, 1);
                    END IF;
                    longer := '{{}}';
                    FOREACH spelling IN ARRAY coalesce(spellings, '{{""}}') LOOP
                        FOR at IN 1..length(letters) LOOP
                            longer := longer || (spelling || initials || substr(letters, at, 1) || 'P');
                        END LOOP;
                    END LOOP;
                    spellings := longer;
                    initials := '';
                    CONTINUE;
                ELSIF code > 0 THEN
                    sign := chr(code);
                END IF;
            END IF;
            initials := initials || sign || 'P';
        END LOOP;
        found := found || 'N' || array_to_string(characters, 'N') || 'N' || cardinality(characters) || E'\\n';
        initials := initials || cardinality(characters);
        IF spellings IS NULL THEN
            found := found || initials || E'\\n';
        ELSE
            found := found || array_to_string(spellings, initials || E'\\n') || initials || E'\\n';
        END IF;
    END LOOP;
    RETURN found;
END
$$;
CREATE FUNCTION lists_name_order(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    found text := '';
    sign text;
    code integer;
BEGIN
    FOREACH sign IN ARRAY string_to_array(lists_normal_form(name), NULL) LOOP
        code := ascii(sign);
        IF code BETWEEN {first} AND {last} THEN
            code := 2 * (code - {first});
            sign := chr({first} + 256 * get_byte(lists_pinyin_ranks(), code) + get_byte(lists_pinyin_ranks(), code + 1));
        END IF;
        found := found || sign;
    END LOOP;
    RETURN found;
END
$$;
"""
_DROP = """
DROP FUNCTION lists_name_order(text);
DROP FUNCTION lists_search_text(text[]);
DROP FUNCTION lists_pinyin_ranks();
DROP FUNCTION lists_pinyin_initials();
DROP FUNCTION lists_normal_form(text);
"""


def create_search_functions() -> RunSQL:
    """Return the migration operation that creates the PostgreSQL functions for search and name order."""
    initials = pinyin_initials_and_ranks.make_initials_table()
    ranks = b"".join(rank.to_bytes(2, "big") for rank in pinyin_initials_and_ranks.order_ranks())
    command = _CREATE.format(
        unseen=UNSEEN,
        initials=b64encode(initials.places).decode(),
        ambiguous=",".join(initials.ambiguous),
        max_spellings=MAX_SPELLINGS,
        ranks=b64encode(ranks).decode(),
        first=pinyin_initials_and_ranks.FIRST,
        last=pinyin_initials_and_ranks.LAST,
    )
    return RunSQL(command, _DROP)
