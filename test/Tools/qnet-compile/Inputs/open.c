/* Opens the shared library of the program `tiny`, which brings its runtime, and
 * takes a step. */
#include <dlfcn.h>
#include <qnet-runtime/qnet.h>
#include <stdio.h>

static float inputs[8 * 12];
static int32_t labels[8];

int main(int argc, char **argv) {
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const qnet_program *program = dlsym(library, "tiny_program");
  __typeof__(&qnet_session_create) create = dlsym(library, "qnet_session_create");
  __typeof__(&qnet_session_init) init = dlsym(library, "qnet_session_init");
  __typeof__(&qnet_session_train_step) step =
      dlsym(library, "qnet_session_train_step");
  __typeof__(&qnet_session_destroy) destroy =
      dlsym(library, "qnet_session_destroy");
  qnet_session *session = NULL;
  float loss = 0;
  if (!program || !create || !init || !step || !destroy ||
      program->abi_version != QNET_ABI_VERSION ||
      create(program, 1, &session) != QNET_OK ||
      init(session, 1) != QNET_OK ||
      step(session, inputs, labels, 0, &loss, NULL) != QNET_OK)
    return 1;
  destroy(session);
  /* Inputs of zeros give equal outputs: the loss is log 3. */
  printf("loss %.4f\n", loss);
  return 0;
}
