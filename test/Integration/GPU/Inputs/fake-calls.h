/*===- fake-calls.h - What a fake says of a call, and makes it give --------===*
 *
 * Before it is included, FAKE_LOG and FAKE_FAIL name environment variables: of
 * the file for the calls, one a line, opened in FAKE_LOG_MODE, and of the call
 * that fails, FUNCTION=RESULT[@N]: its N-th (1) gives RESULT.
 *
 *===----------------------------------------------------------------------===*/
#ifndef FAKE_CALLS_H
#define FAKE_CALLS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
enum { Ok = 0 };

static void say(const char *format, ...) {
  static FILE *file;
  const char *path = getenv(FAKE_LOG);
  if (!path || (!file && !(file = fopen(path, FAKE_LOG_MODE))))
    return;
  va_list values;
  va_start(values, format);
  vfprintf(file, format, values);
  va_end(values);
  fputc('\n', file);
  fflush(file);
}

/* What this call gives instead of what it would. */
static Result injected(const char *name) {
  static int calls;
  const char *text = getenv(FAKE_FAIL);
  size_t length = strlen(name);
  if (!text || strncmp(text, name, length) || text[length] != '=')
    return Ok;
  const char *at = strchr(text, '@');
  return ++calls == (at ? atoi(at + 1) : 1) ? atoi(text + length + 1) : Ok;
}

#endif /* FAKE_CALLS_H */
