// SPDX-License-Identifier: Apache-2.0
#include "schema/pattern.h"

#include "base/mem.h"
#include "base/re2_shim.h"

#include <ctype.h>
#include <string.h>

#define PATTERN_MAX (64u * 1024u)

/* Names of general categories (UAX 44, PropertyValueAliases) in the form in which Go compares them:
 * lower case, without blanks, '_' and '-'. */
static const struct {
    const char *name, *category;
} categories[] = {
    {"other", "C"},
    {"control", "Cc"},
    {"cntrl", "Cc"},
    {"format", "Cf"},
    {"privateuse", "Co"},
    {"surrogate", "Cs"},
    {"letter", "L"},
    {"lowercaseletter", "Ll"},
    {"modifierletter", "Lm"},
    {"otherletter", "Lo"},
    {"titlecaseletter", "Lt"},
    {"uppercaseletter", "Lu"},
    {"mark", "M"},
    {"combiningmark", "M"},
    {"spacingmark", "Mc"},
    {"enclosingmark", "Me"},
    {"nonspacingmark", "Mn"},
    {"number", "N"},
    {"decimalnumber", "Nd"},
    {"digit", "Nd"},
    {"letternumber", "Nl"},
    {"othernumber", "No"},
    {"punctuation", "P"},
    {"punct", "P"},
    {"connectorpunctuation", "Pc"},
    {"dashpunctuation", "Pd"},
    {"closepunctuation", "Pe"},
    {"finalpunctuation", "Pf"},
    {"initialpunctuation", "Pi"},
    {"otherpunctuation", "Po"},
    {"openpunctuation", "Ps"},
    {"symbol", "S"},
    {"currencysymbol", "Sc"},
    {"modifiersymbol", "Sk"},
    {"mathsymbol", "Sm"},
    {"othersymbol", "So"},
    {"separator", "Z"},
    {"lineseparator", "Zl"},
    {"paragraphseparator", "Zp"},
    {"spaceseparator", "Zs"},
    {"any", "Any"},
};

/* Go does not mind how a name is written: lu is Lu, old-italic is Old_Italic. */
static void put_as_written(struct buf *out, const char *name, size_t len)
{
    bool start = true;
    for (size_t i = 0; i < len; i++) {
        char c = name[i] == '-' || name[i] == ' ' ? '_' : name[i];
        buf_putc(out, (char)(start ? toupper((unsigned char)c) : tolower((unsigned char)c)));
        start = c == '_';
    }
}

/* The name between braces as RE2 knows it. */
static void put_category(struct buf *out, const char *name, size_t len)
{
    char plain[40];
    size_t n = 0;
    bool not = len && name[0] == '^';
    for (size_t i = not ; i < len && n < sizeof(plain) - 1; i++)
        if (!strchr(" _-", name[i]))
            plain[n++] = (char)tolower((unsigned char)name[i]);
    plain[n] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(categories); i++)
        if (strcmp(plain, categories[i].name) == 0) {
            buf_printf(out, "{%s%s}", not ? "^" : "", categories[i].category);
            return;
        }
    buf_puts(out, not ? "{^" : "{");
    put_as_written(out, name + not, len - not );
    buf_putc(out, '}');
}

/* Go's words as RE2's. What is between \Q and \E stays as it is. */
static void translate(struct buf *out, const char *s, size_t len)
{
    bool literal = false, class = false;
    for (size_t i = 0; i < len; i++) {
        if (literal || s[i] != '\\' || i + 1 == len) {
            if (literal && s[i] == '\\' && i + 1 < len && s[i + 1] == 'E')
                literal = false;
            buf_putc(out, s[i]);
            if (literal)
                continue;
            if (s[i] == '[')
                class = true;
            else if (s[i] == ']')
                class = false;
            else if (!class && len - i > 3 && memcmp(s + i, "(?<", 3) == 0 &&
                     (isalpha((unsigned char)s[i + 3]) || s[i + 3] == '_')) {
                buf_puts(out, "?P<");
                i += 2;
            }
            continue;
        }
        const char *end = NULL;
        if ((s[i + 1] == 'p' || s[i + 1] == 'P') && i + 2 < len && s[i + 2] == '{')
            end = memchr(s + i, '}', len - i);
        buf_add(out, s + i, 2);
        if (end) {
            put_category(out, s + i + 3, (size_t)(end - s) - i - 3);
            i = (size_t)(end - s);
            continue;
        }
        literal = s[i + 1] == 'Q';
        i++;
    }
}

struct schema_pattern *schema_pattern_new(const char *text, size_t len, struct err *e)
{
    char why[160] = "";
    struct re2_pattern *p = NULL;
    struct buf b;
    buf_init(&b, PATTERN_MAX);
    translate(&b, text, len);
    if (b.over)
        err_set(e, ERR_LIMIT, "a pattern of more than %u bytes", PATTERN_MAX);
    else if (!(p = re2_compile(buf_str(&b), b.len, why, sizeof(why))))
        err_set(e, ERR_SYNTAX, "%s", why);
    buf_clear(&b);
    return (struct schema_pattern *)p;
}

void schema_pattern_free(struct schema_pattern *p)
{
    re2_free((struct re2_pattern *)p);
}

bool schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len)
{
    return re2_matches((const struct re2_pattern *)p, s, len);
}
