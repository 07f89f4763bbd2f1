// The only place that includes Boost: Asio for sockets and threads, Beast for HTTP's grammar.
// Works with 1.74 (Debian 12) and later.
#pragma once

// GCC refuses free-standing fences under the thread sanitizer; Asio's queues have mutexes besides.
#ifdef __SANITIZE_THREAD__
#define BOOST_ASIO_DISABLE_FENCED_BLOCK 1
#endif

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace vinkki::collector {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = net::ip::tcp;

}  // namespace vinkki::collector
