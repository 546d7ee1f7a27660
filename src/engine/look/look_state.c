// SPDX-License-Identifier: Apache-2.0
/*
 * The state of an object by what its server prints of it. Only words that every Kubernetes prints
 * are in the table; of anything else nothing is said. The printed word stands beside the shape, so
 * that a person sees what it was made of.
 */
#include "engine/look/look_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum leeway_state state;
} words[] = {
    {"Running", LEEWAY_OK},
    {"Active", LEEWAY_OK},
    {"Bound", LEEWAY_OK},
    {"Ready", LEEWAY_OK},
    {"Available", LEEWAY_OK},
    {"Approved,Issued", LEEWAY_OK},
    {"Pending", LEEWAY_CHANGING},
    {"ContainerCreating", LEEWAY_CHANGING},
    {"PodInitializing", LEEWAY_CHANGING},
    {"Terminating", LEEWAY_CHANGING},
    {"Released", LEEWAY_CHANGING},
    {"Suspended", LEEWAY_ASLEEP},
    {"Unknown", LEEWAY_UNKNOWN},
    {"NotReady", LEEWAY_FAILED},
    {"Failed", LEEWAY_FAILED},
    {"Error", LEEWAY_FAILED},
    {"Evicted", LEEWAY_FAILED},
    {"OOMKilled", LEEWAY_FAILED},
    {"Lost", LEEWAY_FAILED},
    {"CreateContainerConfigError", LEEWAY_FAILED},
    {"CreateContainerError", LEEWAY_FAILED},
    {"RunContainerError", LEEWAY_FAILED},
    {"InvalidImageName", LEEWAY_FAILED},
    {"ContainerStatusUnknown", LEEWAY_FAILED},
    {"Warning", LEEWAY_DEGRADED},
    {"Normal", LEEWAY_OK},
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static enum leeway_state state_of_word(const char *s)
{
    if (strncmp(s, "Init:", 5) == 0) {
        s += 5;
        if (*s >= '0' && *s <= '9')
            return LEEWAY_CHANGING;
    }
    if (ends_with(s, "BackOff") || strncmp(s, "Err", 3) == 0)
        return LEEWAY_FAILED;
    size_t n = strcspn(s, ","); /* Ready,SchedulingDisabled */
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(s, words[i].word) == 0 ||
            (strlen(words[i].word) == n && strncmp(s, words[i].word, n) == 0))
            return words[i].state;
    return LEEWAY_STATE_COUNT;
}

static bool is_finished(const char *s)
{
    return !strcmp(s, "Completed") || !strcmp(s, "Succeeded") || !strcmp(s, "Complete");
}

static const char *cell(const struct look_column *columns, size_t n_columns,
                        const struct text *cells, size_t n_cells, const char *name)
{
    for (size_t i = 0; i < n_columns && i < n_cells; i++)
        if (strcasecmp(columns[i].name, name) == 0)
            return cells[i].str;
    return "";
}

/* "6/8", or 6 of 8 in two columns. */
static enum leeway_state state_of_ready(const char *ready, const char *desired)
{
    char *end;
    long have = strtol(ready, &end, 10), want;
    if (end == ready)
        return LEEWAY_STATE_COUNT;
    if (*end == '/')
        want = strtol(end + 1, &end, 10);
    else if (*end || !*desired)
        return LEEWAY_STATE_COUNT;
    else
        want = strtol(desired, &end, 10);
    return have < want ? LEEWAY_DEGRADED : LEEWAY_OK;
}

enum leeway_state look_state(const struct look_column *columns, size_t n_columns,
                             const struct text *cells, size_t n_cells)
{
#define CELL(name) cell(columns, n_columns, cells, n_cells, name)
    const char *status = CELL("Status");
    if (!*status)
        status = CELL("Type"); /* of events: Normal, Warning; other types are no words of these */
    if (is_finished(status))
        return LEEWAY_OK;
    enum leeway_state said = state_of_word(status);
    enum leeway_state ready = state_of_ready(CELL("Ready"), CELL("Desired"));
#undef CELL
    if (said == LEEWAY_STATE_COUNT)
        return ready;
    if (said == LEEWAY_CHANGING) /* what is not there yet is not ready yet */
        return said;
    return ready < said ? ready : said; /* the worse of the two */
}
