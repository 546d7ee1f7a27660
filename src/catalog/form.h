// SPDX-License-Identifier: Apache-2.0
/*
 * A form from the schema of parameters: what is asked, in which order, with which choices, and, for
 * the values given so far, what is visible and what is wrong with it. The console's form and
 * `leeway env launch` are made from it. The form is immutable; a view belongs to one thread.
 */
#ifndef LEEWAY_CATALOG_FORM_H
#define LEEWAY_CATALOG_FORM_H

#include "schema/validate.h"

enum form_kind {
    FORM_TEXT,
    FORM_WHOLE,  /* integers */
    FORM_NUMBER, /* any number */
    FORM_SWITCH, /* true or false */
    FORM_CHOICE, /* one of choices */
    FORM_SECRET, /* where a secret is, never the secret: SCHEMA_SECRET_PLACES */
    FORM_GROUP,  /* fields below it */
    FORM_LIST,   /* any number of items, each as the one field below it */
    FORM_MAP,    /* any number of names, each with a value as the one field below it */
    FORM_YAML,   /* a value of any form, as text */
};

struct form_choice {
    const struct val *value;
    const char *text; /* what is said beside it, from x-enum-text; "" when there is nothing */
};

struct form_field {
    const char *name;        /* of the property; "" for items of lists and values of maps */
    const char *title;       /* the name when the schema has none */
    const char *description; /* "" when there is none */
    enum form_kind kind;
    bool required, nullable;
    const struct val *otherwise; /* the default; NULL: none */
    const struct form_choice *choices;
    size_t n_choices;
    const struct val *least, *most; /* of numbers; of texts and lists the counts; or NULL */
    const char *pattern, *format;   /* "" when there is none */
    const char *visible_when;       /* the expression; NULL: always */
    const struct schema *schema;
    const struct form_field *fields; /* below it, in order */
    size_t n_fields;
    struct cel_program *condition; /* of visible_when */
};

struct form;
/* NULL and *e (line and column of the expression) when an x-visible-when does not compile. The
 * schema, an object's, has to outlive the form. Owned. */
struct form *form_new(const struct schema *parameters, struct err *e);
void form_free(struct form *f);
/* The top: a FORM_GROUP with all fields, x-order first, then as written. */
const struct form_field *form_top(const struct form *f);

struct form_row {
    const struct form_field *field;
    const char *path;        /* ".size", ".ports[0].name"; where form_put puts a value */
    const char *label;       /* the field's title, "1" for the first item, the name in a map */
    unsigned depth;          /* 0 for the top's fields */
    const struct val *value; /* given, or the default; NULL: neither */
    bool given;
    bool visible; /* its condition and those above it hold; an error is always visible */
    const char *wrong, *right; /* the first error here; NULL: none. right may be NULL */
    size_t more;               /* further errors at or below this row that have no row */
};

struct form_view {
    struct val_pool pool;
    struct form_row *rows; /* in order; below a group, list or map come its own */
    size_t len, cap;
    const struct val *values; /* with defaults, in pool */
    size_t errors;            /* in all; 0: may be launched */
};

/* What the form looks like with these values (a map, or NULL), which have to outlive the view. */
void form_look(const struct form *f, const struct val *values, struct form_view *out);
void form_view_clear(struct form_view *v);

/* The values with one set at a row's path, or taken away (value NULL), in p; the rest is shared.
 * Maps and lists on the way are made. NULL when there is no such place (a list item beyond the
 * next). */
const struct val *form_put(struct val_pool *p, const struct val *values, const char *path,
                           const struct val *value);
/* Text typed by a person as a value for a field: numbers, true and false where they belong, YAML
 * for groups, lists and FORM_YAML. NULL and *e when the text cannot be one. */
const struct val *form_read(struct val_pool *p, const struct form_field *field, const char *text,
                            size_t len, struct err *e);

#endif
