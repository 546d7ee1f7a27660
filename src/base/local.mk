# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/digest.c src/base/digest.h \
	src/base/err.c src/base/err.h \
	src/base/hash.c src/base/hash.h \
	src/base/log.c src/base/log.h \
	src/base/loop.c src/base/loop.h src/base/tree_watch.c src/base/tree_watch.h \
	src/base/queue.c src/base/queue.h \
	src/base/text.c src/base/text.h src/base/text_width.h \
	src/base/mem.c src/base/mem.h \
	src/base/near.c src/base/near.h \
	src/base/re2_shim.cc src/base/re2_shim.h \
	src/base/run.c src/base/run.h \
	src/base/vec.h \
	src/base/zone.c src/base/zone.h
