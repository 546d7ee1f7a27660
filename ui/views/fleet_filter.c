// SPDX-License-Identifier: Apache-2.0
#include "views/fleet_filter.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

void fleet_filter_set(struct fleet_filter *f, struct text typed)
{
    char *save = NULL;
    snprintf(f->text, sizeof(f->text), "%.*s", (int)typed.len, typed.str);
    memcpy(f->words, f->text, sizeof(f->words));
    f->n = 0;
    for (char *w = strtok_r(f->words, " ", &save); w && f->n < FLEET_FILTER_WORDS;
         w = strtok_r(NULL, " ", &save))
        f->word[f->n++] = w;
}

struct text fleet_label(const struct leeway_cluster *c, const char *key)
{
    for (size_t i = 0; i < c->n_labels; i++)
        if (strcmp(c->labels[i].key.str, key) == 0)
            return c->labels[i].value;
    const struct {
        const char *key;
        struct text value;
    } facts[] = {{"region", c->region},
                 {"provider", c->provider},
                 {"distribution", c->distribution},
                 {"version", c->kubernetes}};
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        if (strcmp(facts[i].key, key) == 0 && facts[i].value.str)
            return facts[i].value;
    return TEXT_NONE;
}

static bool holds(struct text t, const char *word)
{
    return t.len && strcasestr(t.str, word);
}

static bool label_is(const struct leeway_cluster *c, const char *word, const char *equals)
{
    bool not = equals > word && equals[-1] == '!';
    char key[FLEET_FILTER_MAX];
    snprintf(key, sizeof(key), "%.*s", (int)(equals - word - not ), word);
    struct text v = fleet_label(c, key);
    return (strncasecmp(v.str, equals + 1, strlen(equals + 1)) == 0) != not ;
}

static bool word_holds(const struct leeway_cluster *c, const char *word)
{
    const char *equals = strchr(word, '=');
    if (equals && equals > word)
        return label_is(c, word, equals);
    if (strncmp(word, "state:", 6) == 0)
        return strncasecmp(leeway_state_word(c->state), word + 6, strlen(word + 6)) == 0;
    if (holds(c->name, word) || holds(c->reason, word) || holds(c->changing, word))
        return true;
    for (size_t i = 0; i < c->n_labels; i++)
        if (holds(c->labels[i].value, word))
            return true;
    return holds(c->region, word) || holds(c->distribution, word);
}

bool fleet_filter_passes(const struct fleet_filter *f, const struct leeway_cluster *c)
{
    for (size_t i = 0; i < f->n; i++)
        if (!word_holds(c, f->word[i]))
            return false;
    return true;
}
