// SPDX-License-Identifier: Apache-2.0
/* Guardrails from files: one file, or every YAML and JSON file of a folder, in the order of names.
 */
#include "catalog/document.h"
#include "catalog/guardrail.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define FOLDER_DEPTH 8u

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

static int wanted(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static void problem_errno(struct catalog_problems *out, const char *path, int errnum)
{
    char *name = mem_strdup(path);
    struct catalog_file file = {.path = name};
    catalog_problem(out, &file, NULL, errnum == ENOENT ? ERR_NOT_FOUND : ERR_IO, "", "%s",
                    strerror(errnum));
    mem_free(name);
}

static void read_file(struct guardrails *set, const struct catalog_kinds *kinds, const char *path,
                      struct catalog_problems *out)
{
    struct document_file *f = document_file_read(kinds, path, NULL, DOCUMENT_FOREIGN, out);
    for (size_t i = 0; f && i < f->len; i++)
        if (!f->items[i].broken && guardrails_takes(f->items[i].value) &&
            guardrails_add(set, &f->file, f->items[i].value, out))
            continue; /* said in out */
    document_file_free(f);
}

static void read_folder(struct guardrails *set, const struct catalog_kinds *kinds, const char *path,
                        unsigned depth, struct catalog_problems *out)
{
    struct dirent **names;
    int n = depth < FOLDER_DEPTH ? scandir(path, &names, wanted, alphasort) : 0;
    if (n < 0) {
        problem_errno(out, path, errno);
        return;
    }
    for (int i = 0; i < n; i++) {
        char *full = mem_printf("%s%s%s", path, ends_with(path, "/") ? "" : "/", names[i]->d_name);
        struct stat st;
        if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode))
            read_folder(set, kinds, full, depth + 1, out);
        else if (ends_with(full, ".yaml") || ends_with(full, ".yml") || ends_with(full, ".json"))
            read_file(set, kinds, full, out);
        mem_free(full);
        free(names[i]);
    }
    if (n)
        free(names);
}

int guardrails_read(struct guardrails *set, const struct catalog_kinds *kinds, const char *path,
                    struct catalog_problems *out)
{
    struct stat st;
    size_t before = out->len + out->more;
    if (stat(path, &st)) {
        problem_errno(out, path, errno);
    } else if (!S_ISDIR(st.st_mode)) {
        read_file(set, kinds, path, out);
    } else { /* of a catalog only its guardrails */
        char *own = mem_printf("%s%sguardrails", path, ends_with(path, "/") ? "" : "/");
        bool catalog = stat(own, &st) == 0 && S_ISDIR(st.st_mode);
        read_folder(set, kinds, catalog ? own : path, 0, out);
        mem_free(own);
    }
    return out->len + out->more > before ? ERR_INVALID : 0;
}
