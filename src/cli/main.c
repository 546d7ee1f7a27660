// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    return cli_main(argc, argv);
}
