// Native gRPC's server: the callback API with its defaults.
#include <grpcpp/grpcpp.h>

#include "process.h"
#include "workload.grpc.pb.h"

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::ServerWriteReactor;
using grpc::Status;

static std::atomic<int64_t> produced{0};

// Writes so many messages, one when the one before is on its way.
template <typename Message>
class Writer : public ServerWriteReactor<Message> {
 public:
  Writer(int count, std::function<void(Message&, int)> fill) : count_(count), fill_(std::move(fill)) { Next(); }
  void OnWriteDone(bool ok) override { ok ? Next() : this->Finish(Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (sent_ == count_) return this->Finish(Status::OK);
    fill_(message_, sent_++);
    this->StartWrite(&message_);
  }

  const int count_;
  const std::function<void(Message&, int)> fill_;
  int sent_ = 0;
  Message message_;
};

class Service final : public workload::Workload::CallbackService {
  template <typename Message>
  static ServerUnaryReactor* Echo(CallbackServerContext* context, const Message* request, Message* response) {
    *response = *request;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  }

  ServerUnaryReactor* EchoSmall(CallbackServerContext* context, const workload::Small* request,
                                workload::Small* response) override {
    return Echo(context, request, response);
  }
  ServerUnaryReactor* EchoOrder(CallbackServerContext* context, const workload::Order* request,
                                workload::Order* response) override {
    return Echo(context, request, response);
  }
  ServerUnaryReactor* EchoBytes(CallbackServerContext* context, const workload::Bytes* request,
                                workload::Bytes* response) override {
    return Echo(context, request, response);
  }

  ServerWriteReactor<workload::Small>* Items(CallbackServerContext*, const workload::ItemsRequest* request) override {
    return new Writer<workload::Small>(request->count(), [](workload::Small& item, int id) {
      item.Clear();
      item.set_id(id);
      item.set_name("sixteen letters!");
      for (const char* tag : {"red", "green", "blue"}) item.add_tags(tag);
      item.set_score(0.75);
    });
  }

  ServerWriteReactor<workload::Bytes>* Chunks(CallbackServerContext*, const workload::ChunksRequest* request) override {
    const int bytes = request->bytes();
    return new Writer<workload::Bytes>(request->count(), [bytes](workload::Bytes& chunk, int sent) {
      if (sent == 0) {
        std::string value(bytes, '\0');
        for (int index = 0; index < bytes; index++) value[index] = char((int64_t(index) * 31) % 251);
        chunk.set_value(std::move(value));
      }
      produced += bytes;
    });
  }
};

int main(int, char** argv) {
  const std::string certificates = argv[1];
  auto pem = [&](const char* name) { return ReadFile(certificates + "/" + name + ".pem"); };
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = pem("ca");
  tls.pem_key_cert_pairs.push_back({pem("server-key"), pem("server")});

  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("localhost:0", grpc::SslServerCredentials(tls), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  Say(Json().Put("port", port).Text());
  Obey({{"usage", [](const Words&) { return Usage(double(produced.load())); }}});
}
