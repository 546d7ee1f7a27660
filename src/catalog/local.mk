# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES =
