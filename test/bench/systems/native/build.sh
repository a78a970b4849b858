#!/bin/sh
# Builds native gRPC's two ends into the folder given, with what the system offers: on Debian libgrpc++-dev, libprotobuf-dev,
# protobuf-compiler-grpc, pkg-config and g++. Exits with 3, and a word, where that is not there.
set -eu
cd "$(dirname "$0")"
out=$1
for tool in g++ pkg-config protoc grpc_cpp_plugin; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 3; }
done
pkg-config --exists grpc++ protobuf || { echo "libgrpc++-dev or libprotobuf-dev is not installed"; exit 3; }

mkdir -p "$out"
protoc -I ../../contract --cpp_out="$out" --grpc_out="$out" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" workload.proto
# Everybody's suite: OpenSSL reads this file by the environment of the process.
cat >"$out/openssl.cnf" <<'EOF'
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MinProtocol = TLSv1.3
Ciphersuites = TLS_AES_128_GCM_SHA256
EOF
for end in server client; do
  # shellcheck disable=SC2046
  g++ -std=c++17 -O2 -I "$out" $(pkg-config --cflags grpc++ protobuf) -o "$out/$end" "$end.cc" \
    "$out/workload.pb.cc" "$out/workload.grpc.pb.cc" $(pkg-config --libs grpc++ protobuf) -lpthread
done
pkg-config --modversion grpc++ >"$out/version"
