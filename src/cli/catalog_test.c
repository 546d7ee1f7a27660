// SPDX-License-Identifier: Apache-2.0
/* catalog test: the golden cases of a catalog, one line each. */
#include "cli/catalog_job.h"

#include "catalog/files.h"
#include "render/case.h"

#include <errno.h>
#include <string.h>

struct tally {
    size_t passed, failed;
};

static int write_file(const char *path, const struct buf *b, struct err *e)
{
    char *next = mem_printf("%s.new", path);
    FILE *f = fopen(next, "wx");
    if (!f)
        err_set_errno(e, errno, next);
    else if (fwrite(b->data, 1, b->len, f) != b->len || fflush(f) || ferror(f))
        err_set_errno(e, errno, next);
    if (f && fclose(f) && !e->code)
        err_set_errno(e, errno, next);
    if (!e->code && rename(next, path))
        err_set_errno(e, errno, path);
    if (f && e->code)
        remove(next);
    mem_free(next);
    return e->code;
}

static void print_lines(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = mem_strndup(text, n);
        fputs("    ", stdout);
        catalog_job_print(stdout, line);
        fputc('\n', stdout);
        mem_free(line);
        text += n + (text[n] == '\n');
    }
}

static void run_one(struct catalog_job *j, const struct catalog_module *m, const char *path,
                    struct tally *t)
{
    struct render_case_result r;
    struct err e = ERR_INIT;
    bool update = cli_flag(j->args, "update");
    const char *verdict = "ok";
    if (render_case_run(j->catalog, m, path, &r, &e)) {
        char *text = err_format(&e);
        buf_puts(&r.report, text);
        mem_free(text);
        r.passed = false;
    }
    err_clear(&e);
    if (!r.passed && update && r.updated.len) {
        r.passed = !write_file(path, &r.updated, &e);
        verdict = "updated";
    }
    t->passed += r.passed;
    t->failed += !r.passed;
    printf("%s ", r.passed ? verdict : "not ok");
    catalog_job_print(stdout, path);
    putchar('\n');
    if (!r.passed)
        print_lines(e.code ? e.text : buf_str(&r.report));
    err_clear(&e);
    buf_clear(&r.report);
    buf_clear(&r.updated);
}

static void run_folder(struct catalog_job *j, const struct catalog_module *m, const char *folder,
                       struct tally *t)
{
    struct catalog_names names = {0};
    struct err e = ERR_INIT;
    char *tests = catalog_join(folder, "tests");
    if (catalog_list(tests, false, &names, &e))
        catalog_job_failed(j, &e);
    for (size_t i = 0; i < names.len; i++) {
        char *path = catalog_join(tests, names.items[i]);
        if (catalog_is_yaml(names.items[i]))
            run_one(j, m, path, t);
        mem_free(path);
    }
    catalog_names_clear(&names);
    mem_free(tests);
}

static bool wanted(const char *name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return n == 0;
}

int catalog_command_test(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how)
{
    struct tally t = {0};
    (void)how;
    for (size_t i = 0; i < j->catalog->n_modules; i++)
        if (wanted(j->catalog->modules[i]->name, words, n))
            run_folder(j, j->catalog->modules[i], j->catalog->modules[i]->folder, &t);
    if (!n)
        run_folder(j, NULL, j->catalog->folder, &t);
    if (!t.passed && !t.failed) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_NOT_FOUND, "there are no cases");
        err_hint(&e, "a case is a file in the folder tests beside a module.yaml");
        return catalog_job_failed(j, &e);
    }
    printf("%zu passed, %zu failed\n", t.passed, t.failed);
    return t.failed ? CLI_FAILED : CLI_OK;
}
