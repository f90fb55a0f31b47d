// RUN: qnet-opt --qnet-build-inference --verify-diagnostics %s
// expected-error @+1 {{expected a module with training entries; run qnet-build-training-step first}}
module {
}
