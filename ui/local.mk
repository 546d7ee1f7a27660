# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libui.a
libui_a_SOURCES =
libui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
