# gcc and g++: compile, link, run; make -j2
set -e
dir=$(mktemp -d); cd "$dir"
cat > c.c <<'C'
#include <stdio.h>
#include <math.h>
#include <pthread.h>
static void *f(void *a) { return (void *)((long)a * 2); }
int main(void) { pthread_t t; void *r; pthread_create(&t, 0, f, (void *)21); pthread_join(t, &r); printf("c %ld %.3f\n", (long)r, sqrt(2)); return 0; }
C
cat > cc.cc <<'C'
#include <iostream>
#include <vector>
#include <thread>
#include <stdexcept>
int main() { std::vector<int> v{3, 1, 2}; std::thread t([&] { v.push_back(4); }); t.join(); try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << "c++ " << v.size() << " " << e.what() << std::endl; } }
C
gcc -O2 -pthread c.c -o c -lm && ./c
g++ -O1 -pthread cc.cc -o cc && ./cc
gcc -static -pthread c.c -o cs -lm && ./cs
printf 'all: a.o b.o\n\t@cat a.o b.o\n%%.o:\n\t@echo $* > $@\n' > Makefile; make -s -j2
for i in 1 2 3 4; do echo "int f$i(void) { return $i; }" > f$i.c; done
printf 'OBJS = f1.o f2.o f3.o f4.o\nlib.a: $(OBJS)\n\tar rcs $@ $^\n' > M; make -s -j2 -f M && ar t lib.a
ldd /bin/cat | awk "{ print \$1 }"
cd /; rm -r "$dir"
