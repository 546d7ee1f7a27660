// SPDX-License-Identifier: Apache-2.0
#include "engine/process.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEP_DUMPABLE 1 /* the leak check traces its own process */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define KEEP_DUMPABLE 1
#endif

uint64_t process_prepare(void)
{
    uint64_t before = 0;
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        before = r.rlim_cur;
        rlim_t most = r.rlim_max == RLIM_INFINITY || r.rlim_max > 1048576 ? 1048576 : r.rlim_max;
        if (r.rlim_cur < most) {
            r.rlim_cur = most;
            (void)setrlimit(RLIMIT_NOFILE, &r);
        }
    }
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef KEEP_DUMPABLE
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    return before;
}

void engine_person_init(struct engine_person *p)
{
    memset(p, 0, sizeof(*p));
    struct passwd pw, *found = NULL;
    char text[4096];
    if (getpwuid_r(getuid(), &pw, text, sizeof(text), &found) == 0 && found && found->pw_name)
        p->login = mem_strdup(found->pw_name);
    else
        p->login = mem_printf("uid %ld", (long)getuid());
    char tty[256];
    for (int fd = 0; fd < 3 && !p->terminal; fd++)
        if (ttyname_r(fd, tty, sizeof(tty)) == 0)
            p->terminal = mem_strdup(tty);
    const char *ssh = getenv("SSH_CLIENT"); /* "ADDRESS PORT PORT" */
    if (ssh && *ssh)
        p->ssh_client = mem_strndup(ssh, strcspn(ssh, " "));
}

void engine_person_clear(struct engine_person *p)
{
    mem_free(p->login);
    mem_free(p->terminal);
    mem_free(p->ssh_client);
    memset(p, 0, sizeof(*p));
}
