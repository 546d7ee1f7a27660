// SPDX-License-Identifier: Apache-2.0
#include "views/object_ways.h"

#include "views/blame.h"
#include "views/log.h"
#include "views/object.h"

#include <string.h>

struct object_ref object_ref_of(struct arena *a, struct text cluster, struct text api_version,
                                struct text kind, struct text namespace_, struct text name)
{
    const char *slash = memchr(api_version.str, '/', api_version.len);
    struct object_ref r = {.cluster = text_dup(a, cluster),
                           .group = TEXT_NONE,
                           .version = text_dup(a, api_version),
                           .kind = text_dup(a, kind),
                           .plural = text_dup(a, kind),
                           .namespace_ = text_dup(a, namespace_),
                           .name = text_dup(a, name)};
    if (slash) {
        r.group = text_fmt(a, "%.*s", (int)(slash - api_version.str), api_version.str);
        r.version = text_fmt(a, "%s", slash + 1);
    }
    return r;
}

unsigned object_ways_command(struct app *a, struct view *owner, const struct object_ref *ref,
                             struct text path, enum command c)
{
    switch (c) {
    case CMD_YAML:
        app_push(a, object_new(a, ref, OBJECT_YAML));
        return VIEW_REDRAW;
    case CMD_DETAILS:
        app_push(a, object_new(a, ref, OBJECT_FACTS));
        return VIEW_REDRAW;
    case CMD_EVENTS:
        object_open_events(a, ref);
        return VIEW_REDRAW;
    case CMD_LOGS:
        app_push(a, log_new_of(a, ref, 1));
        return VIEW_REDRAW;
    case CMD_BLAME:
        app_push(a, blame_new(a, ref, path));
        return VIEW_REDRAW;
    case CMD_COPY:
        object_pick_copy(a, owner, ref);
        return VIEW_REDRAW;
    default:
        return 0;
    }
}

const char *object_ways_why_not(const struct object_ref *ref, enum command c)
{
    switch (c) {
    case CMD_YAML:
    case CMD_DETAILS:
    case CMD_EVENTS:
    case CMD_BLAME:
    case CMD_COPY:
        return ref ? NULL : "the cursor is on no object";
    case CMD_LOGS:
        return ref ? log_why_none(ref->group, ref->kind) : "the cursor is on no object";
    default:
        return VIEW_NOT_HERE;
    }
}
