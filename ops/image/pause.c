/* What keeps a pod's namespaces: sleeps until it is told to end, and as process 1 buries the dead. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal) {
    (void)signal;
    _exit(0);
}

static void bury(int signal) {
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

int main(void) {
    const struct sigaction ending = {.sa_handler = end};
    const struct sigaction burying = {.sa_handler = bury, .sa_flags = SA_NOCLDSTOP};
    if (sigaction(SIGINT, &ending, NULL) || sigaction(SIGTERM, &ending, NULL) || sigaction(SIGCHLD, &burying, NULL)) {
        return 1;
    }
    for (;;) {
        pause();
    }
}
