# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	src/engine/control_socket.h \
	include/leeway/leeway.h include/leeway/object.h include/leeway/plan.h \
	include/leeway/snapshot.h include/leeway/state.h \
	src/engine/model/copy.c src/engine/model/copy.h \
	src/engine/model/shared.c src/engine/model/snapshot.c src/engine/model/words.c
