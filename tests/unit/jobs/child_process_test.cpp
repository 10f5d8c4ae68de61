#include "jobs/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/unit/jobs/programs.hpp"

namespace vanna::jobs {
namespace {

command shell(std::string script) {
    return {"sh", {"-c", std::move(script)}, {}};
}

finished run(std::string script, std::map<std::string, std::string> environment = {}) {
    auto what = shell(std::move(script));
    what.environment = std::move(environment);
    return run_child(what, {.keep = 1 << 16}, {}).value();
}

std::string first_line(std::string const& path) {
    auto const text = test::contents(path);
    return text.substr(0, text.find('\n'));
}

bool is_gone(pid_t pid) {
    return ::kill(pid, 0) != 0 && errno == ESRCH;
}

// A program that ignores SIGTERM, writes its pid and stays, all without a child of its own.
std::string stubborn(std::string const& pid_file) {
    return "trap '' TERM; echo $$ > " + pid_file + "; while :; do read line < /dev/zero; done";
}

pid_t await_pid(std::string const& path) {
    auto const limit = after(std::chrono::seconds(20));
    while (!test::contents(path).ends_with('\n') && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    return std::stoi(first_line(path));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(child_process)

BOOST_AUTO_TEST_CASE(the_exit_status_is_a_result_whatever_it_is) {
    BOOST_TEST(run("exit 0").status == 0);
    BOOST_TEST(run("exit 3").status == 3);
    BOOST_TEST(run("kill -9 $$").status == 128 + 9);
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(what_it_prints_is_kept_and_the_end_of_its_errors) {
    auto const done = run("echo to out; echo to err >&2");
    BOOST_TEST(done.kept == "to out\n");
    BOOST_TEST(done.errors == "to err\n");
    auto const much = run("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done");
    BOOST_TEST(much.errors.size() == 8192u);
    BOOST_TEST(much.errors.ends_with("line 2999\n"));
}

BOOST_AUTO_TEST_CASE(a_failure_quotes_its_last_lines) {
    auto const what = shell("");
    BOOST_TEST(bool(require_success(what, {0, "", "a warning"})));
    auto const failed = require_success(what, {1, "", "one\n\ntwo \x01\xff\nthree\n"});
    BOOST_TEST((failed.error().code == errc::unavailable));
    BOOST_TEST(failed.error().message == "sh failed with exit status 1: one | two  \xEF\xBF\xBD | three");
    BOOST_TEST(
        require_success(what, {1, "", "x\nx: error: first\nx: error: second\nCommand was: a\nb\nc\nd\ne\n"})
            .error()
            .message == "sh failed with exit status 1: x: error: second | Command was: a | b | c");
    BOOST_TEST(require_success(what, {1, "", std::string(3000, 'x')}).error().message.size() < 1100u);
    BOOST_TEST(require_success(what, {137, "", ""}).error().message ==
               "sh was ended by signal 9 and printed nothing");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_says_what_to_install) {
    test::temporary_folder const folder;
    only_path const path("relative:" + folder.path());
    auto const message = [](std::string name) {
        auto const ended = run_child({std::move(name), {}, {}}, {}, {});
        BOOST_TEST((ended.error().code == errc::not_found));
        return ended.error().message;
    };
    BOOST_TEST(message("pg_dump") == "pg_dump is not in PATH: install postgresql-client-15");
    BOOST_TEST(message("pigz") == "pigz is not in PATH: install pigz");
    BOOST_TEST(message("other") == "other is not in PATH");
    put_program(folder.path() + "/broken", "#!/no/such/interpreter\n");
    auto const ended = run_child({"broken", {}, {}}, {}, {});
    BOOST_TEST((ended.error().code == errc::unavailable));
    BOOST_TEST(ended.error().message.find("cannot be started: No such file") != std::string::npos);
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(more_output_than_is_expected_ends_it) {
    auto const ended = run_child(shell("exec cat /dev/zero"), {.keep = 1000}, {});
    BOOST_TEST((ended.error().code == errc::too_large));
    auto const at_once = run_child(shell("printf 12345"), {.keep = 4}, {});
    BOOST_TEST((at_once.error().code == errc::too_large));
    BOOST_TEST(run_child(shell("printf 1234"), {.keep = 4}, {}).value().kept == "1234");
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(input_and_output_can_be_files) {
    test::temporary_folder const folder;
    test::put_contents(folder.path() + "/in", "from a file");
    descriptor const in(::open((folder.path() + "/in").c_str(), O_RDONLY | O_CLOEXEC));
    descriptor const out(::open((folder.path() + "/out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    BOOST_TEST(run_child(shell("cat"), {.input = in.get(), .output = out.get()}, {}).value().status == 0);
    BOOST_TEST(test::contents(folder.path() + "/out") == "from a file");
    BOOST_TEST(run("cat").kept == "");  // /dev/null
}

BOOST_AUTO_TEST_CASE(the_environment_is_not_inherited) {
    ::setenv("VANNA_SECRET", "hidden", 1);
    auto const done = run("env | sort | grep -v -e '^_=' -e '^PWD=' -e '^OLDPWD=' -e '^SHLVL='",
                          {{"PGPASSWORD", "given = \"x\" 'y'"}});
    ::unsetenv("VANNA_SECRET");
    BOOST_TEST(done.kept ==
               "LC_ALL=C\nPATH=" + std::string(std::getenv("PATH")) + "\nPGPASSWORD=given = \"x\" 'y'\n");
}

BOOST_AUTO_TEST_CASE(arguments_are_passed_as_they_are) {
    command const what{"printf", {"[%s]", "$HOME; rm -rf /", "a b", ""}, {}};
    BOOST_TEST(run_child(what, {.keep = 100}, {}).value().kept == "[$HOME; rm -rf /][a b][]");
}

BOOST_AUTO_TEST_CASE(no_descriptor_is_inherited) {
    descriptor const leaks(::open("/dev/null", O_RDONLY));  // not closed on exec
    BOOST_TEST_REQUIRE(leaks.get() > 2);
    descriptor const high(::fcntl(leaks.get(), F_DUPFD, 500));
    BOOST_TEST(run("exec ls /proc/self/fd").kept == "0\n1\n2\n3\n");  // 3: the folder that ls reads
}

BOOST_AUTO_TEST_CASE(it_stands_back_and_has_default_signals) {
    auto const before = ::signal(SIGPIPE, SIG_IGN);
    auto const done = run("cut -d' ' -f19 /proc/$$/stat; exec ionice; ");
    BOOST_TEST(done.kept == "10\nbest-effort: prio 7\n");
    auto const signals = run("grep -e SigBlk -e SigIgn /proc/self/status | cut -f2 | tr -d '0\\n'");
    ::signal(SIGPIPE, before);
    BOOST_TEST(signals.kept == "");
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_it_and_reaps) {
    auto const begun = std::chrono::steady_clock::now();
    auto const ended =
        run_child(shell("exec tail -f /dev/null"), {}, {.until = after(std::chrono::milliseconds(100))});
    BOOST_TEST((ended.error().code == errc::deadline_exceeded));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)));  // SIGTERM was enough
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_listen_is_killed) {
    test::temporary_folder const folder;
    auto const file = folder.path() + "/pid";
    auto stop = std::make_shared<sql::stop_flag>();
    pid_t pid = 0;
    std::thread asks([&] {
        pid = await_pid(file);
        stop->request(sql::stop_reason::requested);
    });
    auto const ended = run_child(shell(stubborn(file)), {}, {.stop = stop});
    asks.join();
    BOOST_TEST((ended.error().code == errc::cancelled));
    BOOST_TEST(is_gone(pid));
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_started_when_the_end_was_asked_for_before) {
    test::temporary_folder const folder;
    auto stop = std::make_shared<sql::stop_flag>();
    stop->request(sql::stop_reason::shutdown);
    auto const ended = run_child(shell("touch " + folder.path() + "/ran"), {}, {.stop = stop});
    BOOST_TEST((ended.error().code == errc::cancelled));
    BOOST_TEST(test::files_below(folder.path()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_grandchild_that_keeps_the_pipes_is_not_waited_for) {
    test::temporary_folder const folder;
    auto const file = folder.path() + "/pid";
    auto const done =
        run_child(shell("sh -c 'echo $$ > " + file + "; exec tail -f /dev/null' & while [ ! -s " + file +
                        " ]; do :; done; echo ended"),
                  {.keep = 100}, {.until = after(std::chrono::seconds(20))});
    BOOST_TEST(done.value().kept == "ended\n");
    ::kill(std::stoi(first_line(file)), SIGKILL);
}

BOOST_AUTO_TEST_CASE(it_dies_with_the_process_that_started_it) {
    test::temporary_folder const folder;
    auto const file = folder.path() + "/pid";
    // So that what is orphaned comes to this process and can be awaited.
    BOOST_TEST_REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    auto const starter = ::fork();
    if (starter == 0) {
        (void)!run_child(shell(stubborn(file)), {}, {});
        _exit(0);
    }
    auto const pid = await_pid(file);
    ::kill(starter, SIGKILL);
    int status = 0;
    BOOST_TEST(::waitpid(starter, &status, 0) == starter);
    BOOST_TEST(::waitpid(pid, &status, 0) == pid);  // would wait for ever if it did not die
    BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
