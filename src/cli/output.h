// SPDX-License-Identifier: Apache-2.0
/*
 * Rows for people and for scripts, by one table of columns: aligned text, JSON, YAML. Numbers stand
 * right-aligned; zero is blank where it says nothing, ? is not known, as on the screens.
 */
#ifndef LEEWAY_CLI_OUTPUT_H
#define LEEWAY_CLI_OUTPUT_H

#include "base/text.h"
#include "cli/options.h"

#include <stdint.h>

enum cli_cell_kind {
    CLI_CELL_TEXT,
    CLI_CELL_COUNT, /* -1: not known */
    CLI_CELL_BOOL,
    CLI_CELL_TIME, /* wall ms, 0: not known; text says it for people */
    CLI_CELL_SIZE, /* a number with text for people */
};

struct cli_cell {
    enum cli_cell_kind kind;
    struct text text;
    int64_t number;
};

struct cli_column {
    const char *head; /* of the table; NULL: only in JSON and YAML */
    const char *key;  /* in JSON and YAML; "": only in the table */
    bool wide;        /* only with -o wide */
    bool right;
    struct cli_cell (*cell)(const void *row, struct arena *a);
};

struct cli_rows {
    const struct cli_column *columns; /* ends with key NULL */
    const char *kind;                 /* "Cluster" */
    const void *(*row)(const void *ctx, size_t i);
    void (*name)(const void *row, FILE *out); /* -o name; NULL: the first column */
    const void *ctx;
    size_t n;
};

/* Writes all rows; without_head leaves the line of headings out (when following). */
void cli_rows_print(FILE *out, const struct cli_rows *rows, enum cli_output how, bool without_head);
/* One thing and what belongs to it: its fields, then each section under its key. */
struct cli_section {
    const char *key, *title; /* in JSON and YAML; for people */
    struct cli_rows rows;
};
void cli_sections_print(FILE *out, const struct cli_rows *one, const struct cli_section *sections,
                        size_t n, enum cli_output how);
/* One row as one line of JSON. */
void cli_row_print_json_line(FILE *out, const struct cli_rows *rows, const void *row);

/* "3d4h", "12m", "0s": two units at most; "" for a time that is not known. */
struct text cli_age(struct arena *a, int64_t since_wall_ms, int64_t now_wall_ms);
struct text cli_bytes(struct arena *a, int64_t bytes); /* "62 GiB" */

struct cli_cell cli_text(struct text t);
struct cli_cell cli_count(int64_t n);
struct cli_cell cli_truth(bool b);
struct cli_cell cli_moment(struct arena *a, int64_t wall_ms);    /* how long ago, until now */
struct cli_cell cli_countdown(struct arena *a, int64_t wall_ms); /* "in 2d3h", "ended"; 0: "" */
int64_t cli_wall_ms(void);

#endif
