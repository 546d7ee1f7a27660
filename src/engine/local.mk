# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES =
