// SPDX-License-Identifier: Apache-2.0
/* Other bytes for a word in what a cluster says, and back in what it is asked; see spelling.c. */
#ifndef LEEWAY_SIM_SPELLING_H
#define LEEWAY_SIM_SPELLING_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { SIM_SPELLINGS = 4 };

struct sim_spelling {
    char word[32];  /* "": this one and those after it are not used */
    char text[256]; /* what is sent */
};

/* all: SIM_SPELLINGS of them. From there on; in JSON it stands escaped. */
void sim_spell(const struct sim_spelling *all, struct buf *b, size_t from, bool json);
char *sim_spell_target(const struct sim_spelling *all, const char *target); /* owned; mem_free */
void sim_spell_body(const struct sim_spelling *all, const char *body, size_t len, struct buf *out);

#endif
