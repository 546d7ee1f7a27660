// SPDX-License-Identifier: Apache-2.0
/*
 * A canvas through ui/term into a pseudo-terminal in this process, read back by libvterm: what a
 * terminal makes of a frame. Curses knows one terminal at a time, so there is one of these.
 */
#ifndef LEEWAY_TESTS_PLAYBACK_H
#define LEEWAY_TESTS_PLAYBACK_H

#include "canvas/canvas.h"

struct playback;

struct playback *playback_new(int rows, int cols); /* owned; asserts where it cannot be made */
void playback_free(struct playback *s);
/* Sends the frame, in a terminal of its size. True: the picture is the canvas, cell by cell. */
bool playback_draw(struct playback *s, const struct canvas *c);
/* Something reached the terminal that no screen needs: a title, a bell, OSC, DCS and their like, C1
 * or other controls. Stays true. */
bool playback_spoke(const struct playback *s);

#endif
