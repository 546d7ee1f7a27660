// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <locale.h>
#include <malloc.h>

/* An answer of an API server is read into a buffer and an arena of hundreds of kilobytes that live
 * for milliseconds. glibc maps such at first, but learns from the first free to take them from the
 * heap, where one small object above them keeps all of it resident: a console that is left open for
 * an hour would hold the most that it ever needed at once. Set, the threshold stays: they go back
 * when freed. */
#define MAPPED_FROM (128 * 1024)

int main(int argc, char **argv)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
#endif
    setlocale(LC_ALL, "");
    return cli_main(argc, argv);
}
