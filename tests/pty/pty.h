// SPDX-License-Identifier: Apache-2.0
/*
 * A program in a pseudo-terminal, read by libvterm as a person would see it: send bytes, wait until
 * something appears, read the screen, count bytes, resize, signal. Everything waits for a condition
 * with a deadline, nothing sleeps and hopes.
 */
#ifndef LEEWAY_TESTS_PTY_H
#define LEEWAY_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

struct pty;

/* argv[0] is the path; env is a NULL-terminated list of NAME=value on top of the environment. */
struct pty *pty_spawn(int rows, int cols, const char *const *argv, const char *const *env);
void pty_free(struct pty *p); /* kills and reaps what still runs */

void pty_send(struct pty *p, const char *bytes, size_t len);
void pty_keys(struct pty *p, const char *keys); /* the same for a string */
/* True as soon as condition holds; false when ms have passed. Reads all the while. */
bool pty_until(struct pty *p, bool (*condition)(struct pty *p, const void *arg), const void *arg,
               int ms);
bool pty_wait_text(struct pty *p, const char *text, int ms);
bool pty_wait_no_text(struct pty *p, const char *text, int ms);
void pty_run_for(struct pty *p, int ms); /* reads for that long */
void pty_quiet(struct pty *p, int ms);   /* reads until nothing came for ms (at most 5 s) */
void pty_pause_reading(struct pty *p, bool paused);
bool pty_wait_stopped(struct pty *p, int ms);
/* Status as of waitpid; false: it still runs after ms. */
bool pty_wait_exit(struct pty *p, int ms, int *status);

const char *pty_screen(struct pty *p); /* rows of text, one line each; until the next call */
uint64_t pty_bytes(const struct pty *p);
const char *pty_said(const struct pty *p); /* all of them, NUL after the last; until more comes */
void pty_resize(struct pty *p, int rows, int cols);
void pty_kill(struct pty *p, int signal);
pid_t pty_pid(const struct pty *p);

struct pty_modes {
    bool alternate_screen, cursor_visible;
    bool titled; /* the window was given a name */
    int mouse;   /* 0: off */
    struct termios tio;
};
void pty_modes(struct pty *p, struct pty_modes *out);

#endif
