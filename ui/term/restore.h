// SPDX-License-Identifier: Apache-2.0
/*
 * Giving the terminal back whatever happens: handlers for fatal signals write a prepared string and
 * the saved modes, with write(2) and tcsetattr(3) only, and raise the signal again. The one place
 * with state of the whole process, because signal handlers have no other.
 */
#ifndef LEEWAY_UI_TERM_RESTORE_H
#define LEEWAY_UI_TERM_RESTORE_H

#include <stddef.h>
#include <termios.h>

/* Installs the handlers and an alternate stack. bytes is copied (at most 256). */
void restore_arm(int fd, const struct termios *saved, const char *bytes, size_t len);
void restore_disarm(void); /* while the terminal is not ours; handlers then only raise */
void restore_rearm(void);
void restore_forget(void); /* takes the handlers away */
/* SIGWINCH, SIGTSTP and SIGCONT are counted into an eventfd as 1 << 0, 1 << 20, 1 << 40. */
void restore_watch(int event_fd);

#endif
