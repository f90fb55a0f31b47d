// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-emit-program

// expected-error @+1 {{expected the module attribute 'qnet.manifest'; run qnet-bind-state first}}
module {
}

// -----

// expected-error @+1 {{expected 'qnet.manifest' to be a JSON object}}
module attributes {qnet.manifest = "{"} {
}

// -----

// expected-error @+1 {{expected 'qnet.manifest' to be a JSON object}}
module attributes {qnet.manifest = "[1, 2]"} {
}

// -----

// expected-error @+1 {{expected the module attribute 'qnet.manifest'}}
module attributes {qnet.manifest = 1 : i32} {
}
