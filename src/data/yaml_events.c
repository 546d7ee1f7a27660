// SPDX-License-Identifier: Apache-2.0
/*
 * libyaml's events, one at a time, and what is wrong in words that say what to do. libyaml is a
 * little more generous than the parser in kubectl and in the API server; what only it would take is
 * refused (yaml_strict.c), so that a file means the same here and there.
 */
#include "base/mem.h"
#include "data/yaml_reader.h"

#include <stdio.h>

/* ---- errors ---- */

int yaml_fail(struct yaml_reader *r, int code, yaml_mark_t at, const char *hint, const char *text)
{
    err_set(r->e, code, "%s", text);
    err_at(r->e, r->source, r->line_base + (uint32_t)at.line + 1, (uint32_t)at.column + 1);
    if (hint)
        err_hint(r->e, "%s", hint);
    return code;
}

int yaml_fail_limit(struct yaml_reader *r)
{
    return yaml_fail(r, ERR_LIMIT, r->event.start_mark, NULL, "more data than is allowed here");
}

/* What libyaml says, in words that say what to do. */
static const struct explanation {
    const char *problem, *text, *hint;
} explanations[] = {
    {"mapping values are not allowed in this context", "a ': ' where no key can be",
     "check the indentation, or put quotes around a value that holds ': '"},
    {"could not find expected ':'", "a line that is no 'key: value'",
     "add the ':' and a space, or indent the line if it continues the one above"},
    {"did not find expected key", "something that does not fit the indentation here",
     "keys of one map begin in the same column"},
    {"did not find expected '-' indicator", "something that does not fit the list here",
     "items of one list begin with '-' in the same column"},
    {"did not find expected ',' or ']'", "a list in [ ] that is not closed or lacks a comma", NULL},
    {"did not find expected ',' or '}'", "a map in { } that is not closed or lacks a comma",
     "a template such as {{ .Values.x }} has to be rendered first; text that begins with { needs "
     "quotes"},
    {"did not find expected node content", "a value is missing here", NULL},
    {"did not find expected <document start>", "text after the end of the document",
     "begin a further document with a line '---'"},
    {"found unexpected end of stream", "a quote that is never closed", NULL},
    {"found unexpected document indicator", "a quote that is never closed before '---' or '...'",
     NULL},
    {"block sequence entries are not allowed in this context", "a '-' where no list can begin",
     "put the list on lines of its own under the key, or quote the text"},
    {"block mapping entries are not allowed in this context", "a '?' where no key can be", NULL},
    {"found unknown escape character", "an escape that double quotes do not have",
     "use single quotes, or write \\\\ for a backslash"},
    {"found unexpected ':'", "a ':' at the end of text between brackets",
     "put quotes around the text"},
    {"found undefined tag handle", "a tag whose prefix was not declared", NULL},
    {"control characters are not allowed", "a control character",
     "remove it, or write it in double "
     "quotes as an escape such as \\x07"},
    {"found a tab character that violates indentation", "a tab where indentation should be",
     "YAML indents with spaces only"},
    {"found a tab character where an indentation space is expected",
     "a tab where indentation should be", "YAML indents with spaces only"},
};

static int fail_start(struct yaml_reader *r, yaml_mark_t at)
{
    char text[64];
    const char *hint = NULL;
    char c = yaml_strict_byte(&r->strict, at.index);
    if (c == '\t')
        return yaml_fail(r, ERR_SYNTAX, at, "YAML indents with spaces only",
                         "a tab where indentation should be");
    if (c == '%' || c == '@' || c == '`')
        hint = "put quotes around text that begins like this";
    snprintf(text, sizeof(text), "'%c' cannot begin a value", c);
    return yaml_fail(r, ERR_SYNTAX, at, hint, text);
}

static int fail_parser(struct yaml_reader *r)
{
    yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "not YAML";
    yaml_mark_t at = p->problem_mark;
    if (yaml_strict_mend(&r->strict, p))
        return ERR_SYNTAX;
    if (p->error == YAML_MEMORY_ERROR)
        return yaml_fail(r, ERR_LIMIT, p->mark, NULL, "nested or long beyond what can be read");
    if (p->error == YAML_READER_ERROR)
        at = yaml_strict_mark_at(&r->strict, p->problem_offset);
    if (strcmp(problem, "found character that cannot start any token") == 0)
        return fail_start(r, at);
    /* Where a quote or a key begins says more than where its end was missed. */
    if (p->context && ((strstr(p->context, "quoted scalar") && strstr(problem, "unexpected")) ||
                       strstr(p->context, "simple key")))
        at = p->context_mark;
    for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
        const struct explanation *x = &explanations[i];
        char text[160];
        if (strcmp(problem, x->problem) != 0)
            continue;
        if (!strstr(problem, "expected ',' or"))
            return yaml_fail(r, ERR_SYNTAX, at, x->hint, x->text);
        snprintf(text, sizeof(text), "%s; it opens at line %u", x->text,
                 r->line_base + (unsigned)p->context_mark.line + 1);
        return yaml_fail(r, ERR_SYNTAX, at, x->hint, text);
    }
    if (strstr(problem, "UTF-8") || strstr(problem, "Unicode"))
        return yaml_fail(r, ERR_SYNTAX, at, "save the file as UTF-8", "bytes that are not UTF-8");
    return yaml_fail(r, ERR_SYNTAX, at, NULL, problem);
}

/* ---- events ---- */

int yaml_feed(void *ctx, unsigned char *to, size_t room, size_t *given)
{
    struct yaml_reader *r = ctx;
    size_t left = r->len - r->fed;
    *given = left < room ? left : room;
    memcpy(to, r->text + r->fed, *given);
    r->fed += *given;
    if (!left && room && !r->ended) {
        *to = '\n'; /* kubectl ends the last line where the file does not */
        *given = 1;
        r->ended = true;
    }
    return 1;
}

int yaml_peek(struct yaml_reader *r)
{
    if (r->have_event)
        return 0;
    if (!yaml_parser_parse(&r->parser, &r->event))
        return fail_parser(r);
    r->have_event = true;
    const char *wrong = yaml_strict_check(&r->strict, &r->event);
    if (r->strict.again)
        return ERR_SYNTAX; /* read_piece begins again */
    if (wrong)
        return yaml_fail(r, ERR_SYNTAX, r->event.start_mark, r->strict.hint, wrong);
    return 0;
}

void yaml_drop(struct yaml_reader *r)
{
    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = false;
}
