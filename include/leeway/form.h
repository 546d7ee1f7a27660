// SPDX-License-Identifier: Apache-2.0
/*
 * A form for the parameters of a blueprint: what is asked, what was given, what is wrong with it.
 * Made from the schema in the model (leeway/catalog.h). No files, no network; whoever made one uses
 * it from one thread at a time. Secrets are named by their place and are never values here.
 */
#ifndef LEEWAY_FORM_H
#define LEEWAY_FORM_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum leeway_form_kind {
    LEEWAY_FORM_TEXT,
    LEEWAY_FORM_NUMBER, /* also whole ones */
    LEEWAY_FORM_SWITCH,
    LEEWAY_FORM_CHOICE,
    LEEWAY_FORM_SECRET, /* "secretRef NAMESPACE/NAME/KEY", "env NAME", "file PATH", "command …" */
    LEEWAY_FORM_GROUP,  /* rows below it */
    LEEWAY_FORM_LIST,   /* items below it */
    LEEWAY_FORM_MAP,    /* named values below it */
    LEEWAY_FORM_YAML,   /* a value of any form, typed as YAML */
};

struct leeway_form_choice {
    struct text value, note;
};

struct leeway_form_row {
    struct text path; /* names the row */
    struct text label, description;
    enum leeway_form_kind kind;
    unsigned depth;
    struct text value;     /* as a person would type it: given, or the default; empty: neither */
    struct text otherwise; /* the default; empty: none */
    bool given, required;
    bool item;                /* of a list or a map: it can be taken away */
    struct text wrong, right; /* what is wrong with it, what would be right; empty: nothing */
    struct text takes;        /* "1 to 20"; empty: anything of its kind */
    const struct leeway_form_choice *choices;
    size_t n_choices;
    size_t n_items; /* of lists and maps */
};

struct leeway_form;

/* schema and values: JSON; values NULL: nothing is given. NULL and *e when either is wrong. Owned.
 */
struct leeway_form *leeway_form_new(const char *schema, const char *values, struct err *e);
void leeway_form_free(struct leeway_form *f); /* NULL is fine */
/* What is visible now, in order. Borrowed until the next change. */
size_t leeway_form_rows(const struct leeway_form *f, const struct leeway_form_row **rows);
size_t leeway_form_errors(const struct leeway_form *f); /* 0: it may be launched */
/* What a person typed into a row; an empty text takes the value away. ERR_INVALID (nothing changed)
 * for what cannot be a value of that kind at all: a secret that names no place, broken YAML. */
int leeway_form_put(struct leeway_form *f, const char *path, struct text typed, struct err *e);
int leeway_form_unset(struct leeway_form *f, const char *path); /* the default again; items go */
/* One more item of a list; of a map one with that name. */
int leeway_form_add(struct leeway_form *f, const char *path, const char *name, struct err *e);
/* What is given, as JSON; defaults are not in it. Borrowed until the next change. */
const char *leeway_form_values(const struct leeway_form *f);
/* The beginning of a place of a secret, as far as it was typed? */
bool leeway_form_secret_so_far(struct text typed);

#endif
