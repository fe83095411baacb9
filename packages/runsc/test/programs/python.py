# python3: subprocess, threading, multiprocessing, asyncio, sqlite3, mmap, signal
import asyncio, mmap, multiprocessing, os, signal, sqlite3, subprocess, sys, tempfile, threading, time, socket, select

def square(n): return n * n

async def echo_server():
    async def handle(reader, writer):
        writer.write((await reader.readline()).upper()); await writer.drain(); writer.close()
    directory = tempfile.TemporaryDirectory()
    path = os.path.join(directory.name, 's')
    server = await asyncio.start_unix_server(handle, path)
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b'hello asyncio\n'); print(await reader.readline()); writer.close(); server.close()
    proc = await asyncio.create_subprocess_exec('cat', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    print((await proc.communicate(b'through cat'))[0], proc.returncode)
    await asyncio.gather(*(asyncio.sleep(0.01 * i) for i in range(3)))
    try: await asyncio.wait_for(asyncio.sleep(5), 0.05)
    except asyncio.TimeoutError: print('timed out')

if __name__ == '__main__':
    print(subprocess.run(['sh', '-c', 'echo sub; exit 3'], capture_output=True, text=True))
    counter, lock = [0], threading.Lock()
    def work():
        for _ in range(1000):
            with lock: counter[0] += 1
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]; print('threads', counter)
    with multiprocessing.Pool(3) as pool: print(pool.map(square, range(10)))
    q = multiprocessing.Queue(); p = multiprocessing.Process(target=q.put, args=({'from': 'child'},)); p.start(); print(q.get()); p.join()
    asyncio.run(echo_server())
    directory = tempfile.TemporaryDirectory()
    db = sqlite3.connect(os.path.join(directory.name, 'db')); db.execute('create table t (a integer primary key, b text)')
    with db: db.executemany('insert into t (b) values (?)', [(str(i),) for i in range(500)])
    print(db.execute('select count(*), sum(a), max(b) from t').fetchone()); db.execute('pragma journal_mode=wal'); db.execute('delete from t where a % 2'); db.commit(); print(db.execute('select count(*) from t').fetchone()); db.close()
    with tempfile.TemporaryFile() as f:
        f.truncate(8192); m = mmap.mmap(f.fileno(), 8192); m[100:105] = b'hello'; m.flush(); f.seek(100); print(f.read(5)); m.close()
    anon = mmap.mmap(-1, 4096)
    if os.fork() == 0: anon[0:5] = b'child'; os._exit(0)
    os.wait(); print(anon[0:5])
    got = []
    signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); os.kill(os.getpid(), signal.SIGUSR1); print(got)
    signal.setitimer(signal.ITIMER_REAL, 0.02); signal.signal(signal.SIGALRM, lambda s, f: got.append(s)); signal.pause(); print(got)
    try: os.kill(os.getpid(), 0); print(signal.sigpending())
    except OSError as e: print(e)
    a, b = socket.socketpair(); a.send(b'x'); print(select.select([b], [], [], 1)[0] == [b]); ep = select.epoll(); ep.register(b, select.EPOLLIN); print(len(ep.poll(1)))
    r = subprocess.run([sys.executable, '-c', 'import os,signal; os.kill(os.getpid(), signal.SIGTERM)']); print(r.returncode)
    print(os.cpu_count() is not None, os.getcwd() == os.path.realpath('.'))
