# Records what a Linux pty does, for pty.test.ts: python3 pty-native.py > pty-native.json
import fcntl, json, os, pty, select, struct, termios, time, tty

I, O, C, L, CC = 0, 1, 2, 3, 6
names = {n: getattr(termios, n) for n in dir(termios) if n[0] in 'IOECPTXN' or n in ('BRKINT',)}

def run(name, setup, steps):
    master, slave = pty.openpty()
    attrs = termios.tcgetattr(slave)
    for key, value in setup.items():
        if key in ('iflag', 'oflag', 'lflag'):
            index = {'iflag': I, 'oflag': O, 'lflag': L}[key]
            attrs[index] = value
        else:
            attrs[CC][getattr(termios, key)] = bytes([value])
    termios.tcsetattr(slave, termios.TCSANOW, attrs)
    os.set_blocking(master, False)
    os.set_blocking(slave, False)
    log = []
    for step in steps:
        op = step[0]
        fd = master if op[0] == 'm' else slave
        try:
            if op in ('mw', 'sw'):
                log.append(os.write(fd, step[1].encode('latin1')))
                time.sleep(0.01)
            elif op in ('mr', 'sr'):
                log.append(os.read(fd, step[1]).decode('latin1'))
            elif op in ('mp', 'sp'):
                p = select.poll(); p.register(fd, 0x3f)
                found = p.poll(0)
                log.append(found[0][1] if found else 0)
            elif op in ('mq', 'sq'):
                log.append(struct.unpack('i', fcntl.ioctl(fd, termios.FIONREAD, b'\0' * 4))[0])
            elif op == 'sa':
                a = termios.tcgetattr(slave)
                a[{'iflag': I, 'oflag': O, 'lflag': L}[step[1]]] = step[2]
                termios.tcsetattr(slave, termios.TCSANOW, a)
                log.append(0)
            elif op == 'mk':
                fcntl.ioctl(master, termios.TIOCPKT, struct.pack('i', step[1])); log.append(0)
            elif op == 'sf':
                termios.tcflush(slave, step[1]); log.append(0)
            elif op == 'sc':
                os.close(slave); log.append(0)
            elif op == 'mc':
                os.close(master); log.append(0)
        except OSError as e:
            log.append({'errno': e.errno})
        except termios.error as e:
            log.append({'errno': e.args[0]})
    for fd in (master, slave):
        try: os.close(fd)
        except OSError: pass
    return {'name': name, 'setup': setup, 'steps': steps, 'log': log}

T = termios
STD_I = T.ICRNL | T.IXON
STD_O = T.OPOST | T.ONLCR
STD_L = T.ISIG | T.ICANON | T.ECHO | T.ECHOE | T.ECHOK | T.ECHOCTL | T.ECHOKE | T.IEXTEN
ECHOPRT, EXTPROC, IUTF8, IUCLC, IXANY = 0o2000, 0o200000, 0o40000, 0o1000, 0o4000
std = {'iflag': STD_I, 'oflag': STD_O, 'lflag': STD_L}
def conf(**k): return {**std, **k}
def typed(text, n=100): return [['mw', text], ['mr', 1000], ['sq'], ['sp'], ['sr', n], ['sr', n]]
cases = [
  ('a line', conf(), typed('hello\n')),
  ('carriage return', conf(), typed('hello\r')),
  ('no newline yet', conf(), typed('hello')),
  ('erase', conf(), typed('helxx\x7f\x7flo\n')),
  ('erase control', conf(), typed('a\x01\x7fb\n')),
  ('erase all and more', conf(), typed('ab\x7f\x7f\x7fc\n')),
  ('kill', conf(), typed('abc\x15def\n')),
  ('kill without ECHOKE', conf(lflag=STD_L & ~T.ECHOKE), typed('abc\x15def\n')),
  ('kill without ECHOK', conf(lflag=STD_L & ~T.ECHOK & ~T.ECHOKE), typed('abc\x15def\n')),
  ('kill silent', conf(lflag=STD_L & ~T.ECHO), typed('abc\x15def\n')),
  ('erase without ECHOE', conf(lflag=STD_L & ~T.ECHOE), typed('abc\x7fd\n')),
  ('ECHOPRT', conf(lflag=STD_L | ECHOPRT), typed('abcd\x7f\x7fe\x7f\x7f\x7f\n')),
  ('word erase', conf(), typed('foo bar_baz  \x17qux\n')),
  ('word erase two', conf(), typed('foo bar-baz\x17\x17x\n')),
  ('tab erase', conf(), typed('ab\tc\x7f\x7fd\n')),
  ('tab erase after tab', conf(), typed('\t\tx\x7f\x7f\x7fy\n')),
  ('tab erase after prompt', conf(), [['sw', 'prompt> ']] + typed('a\t\x7fb\n')),
  ('tab erase control', conf(), typed('\x01\x02\t\x7fz\n')),
  ('reprint', conf(), typed('ab\x01c\x12d\n')),
  ('literal next', conf(), typed('a\x16\x03b\x16\x7fc\x16\nd\n')),
  ('eof empty', conf(), typed('\x04')),
  ('eof after text', conf(), typed('abc\x04')),
  ('eof text twice', conf(), typed('abc\x04\x04')),
  ('eof exact read', conf(), [['mw', 'abc\x04'], ['sr', 3], ['sr', 3], ['mw', 'x\n'], ['sr', 3]]),
  ('two lines', conf(), typed('one\ntwo\n')),
  ('line in parts', conf(), [['mw', 'abcdef\n'], ['sr', 3], ['sr', 3], ['sr', 3], ['sr', 3]]),
  ('eol', conf(VEOL=ord(';')), typed('ab;cd\n')),
  ('eol2', conf(VEOL2=ord('!')), typed('ab!cd\n')),
  ('nul typed', conf(), typed('a\x00b\n')),
  ('echo control', conf(), typed('\x01\x1b[A\x00\x7f\n')),
  ('no ECHOCTL', conf(lflag=STD_L & ~T.ECHOCTL), typed('a\x01b\x7f\x7f\n')),
  ('ECHONL only', conf(lflag=(STD_L & ~T.ECHO) | T.ECHONL), typed('abc\n')),
  ('raw', {'iflag': 0, 'oflag': 0, 'lflag': 0}, typed('ab\x03\x7f\r\n')),
  ('cbreak', conf(lflag=T.ISIG | T.ECHO | T.ECHOCTL), typed('ab\x7f\r\n\x04')),
  ('cbreak echo newline', conf(iflag=0, lflag=T.ECHO | T.ECHOCTL), typed('a\nb\rc')),
  ('cbreak echo plain', conf(iflag=T.INLCR, lflag=T.ECHO), typed('a\nb\rc')),
  ('raw min 3 have 2', {'iflag': 0, 'oflag': 0, 'lflag': 0, 'VMIN': 3}, [['mw', 'ab'], ['sp'], ['sr', 10], ['mw', 'cde'], ['sp'], ['sr', 10]]),
  ('raw min 0', {'iflag': 0, 'oflag': 0, 'lflag': 0, 'VMIN': 0}, [['sp'], ['sr', 10], ['mw', 'cde'], ['sp'], ['sr', 2], ['sr', 2]]),
  ('igncr', conf(iflag=T.IGNCR), typed('a\rb\n')),
  ('inlcr', conf(iflag=T.INLCR, lflag=STD_L & ~T.ICANON), typed('a\nb\r')),
  ('inlcr canonical', conf(iflag=T.INLCR), typed('a\nb\r')),
  ('istrip', conf(iflag=STD_I | T.ISTRIP), typed('\xe1\xe2\n')),
  ('iuclc', conf(iflag=STD_I | IUCLC), typed('AbC\n')),
  ('parmrk', conf(iflag=STD_I | T.PARMRK), typed('a\xffb\n')),
  ('utf8 erase', conf(iflag=STD_I | IUTF8), typed('a\xc3\xa4\xe2\x82\xac\x7fb\x7f\x7fz\n')),
  ('utf8 erase without IUTF8', conf(), typed('a\xc3\xa4\x7fz\n')),
  ('interrupt flushes', conf(), [['sw', 'out'], ['mw', 'abc\ndef\x03gh\n'], ['mr', 100], ['sr', 100], ['sr', 100]]),
  ('interrupt noflsh', conf(lflag=STD_L | T.NOFLSH), [['sw', 'out'], ['mw', 'abc\ndef\x03gh\n'], ['mr', 100], ['sr', 100], ['sr', 100]]),
  ('quit and suspend', conf(), typed('a\x1cb\x1ac\n')),
  ('onlcr', conf(), [['sw', 'a\nb\r\nc'], ['mr', 100]]),
  ('ocrnl', conf(oflag=T.OPOST | T.OCRNL), [['sw', 'a\rb\n'], ['mr', 100]]),
  ('onocr', conf(oflag=T.OPOST | T.ONOCR), [['sw', '\ra\r\rb'], ['mr', 100]]),
  ('onlret', conf(oflag=T.OPOST | T.ONLRET | T.ONOCR), [['sw', 'a\n\rb'], ['mr', 100]]),
  ('tab3', conf(oflag=T.OPOST | T.TAB3), [['sw', 'a\tbcdefgh\ti\x08\tj'], ['mr', 100]]),
  ('olcuc', conf(oflag=T.OPOST | 2), [['sw', 'aBc\n'], ['mr', 100]]),
  ('no opost', conf(oflag=0), [['sw', 'a\n\tb'], ['mr', 100]]),
  ('stop and start', conf(), [['mw', '\x13'], ['sw', 'held'], ['mr', 100], ['sp'], ['mw', '\x11'], ['sw', 'go'], ['mr', 100], ['sp']]),
  ('ixany', conf(iflag=STD_I | IXANY), [['mw', '\x13'], ['sw', 'held'], ['mw', 'x'], ['sw', 'go'], ['mr', 100]]),
  ('echo while stopped', conf(), [['mw', '\x13ab'], ['mr', 100], ['mw', '\x11'], ['mr', 100]]),
  ('canonical to raw', conf(), [['mw', 'abc'], ['sq'], ['sa', 'lflag', STD_L & ~T.ICANON], ['sp'], ['sq'], ['sr', 100]]),
  ('raw to canonical', conf(lflag=STD_L & ~T.ICANON), [['mw', 'abc'], ['sa', 'lflag', STD_L], ['sp'], ['sq'], ['sr', 100], ['mw', 'd\n'], ['sr', 100]]),
  ('raw to canonical then more', conf(lflag=STD_L & ~T.ICANON), [['mw', 'abc'], ['sa', 'lflag', STD_L], ['mw', 'd\n'], ['sr', 100], ['sr', 100]]),
  ('extproc', conf(lflag=STD_L | EXTPROC), typed('ab\x7f\n')),
  ('packet mode', conf(), [['mk', 1], ['sw', 'hi'], ['mp'], ['mr', 10], ['mw', '\x13'], ['mp'], ['mr', 10], ['mw', '\x11'], ['mr', 10], ['sf', 0], ['mp'], ['mr', 10], ['sf', 1], ['mr', 10], ['sa', 'iflag', T.ICRNL], ['mr', 10], ['sa', 'iflag', STD_I], ['mr', 10], ['mr', 10]]),
  ('flush input', conf(), [['mw', 'abc\nde'], ['sf', 0], ['sp'], ['mw', 'f\n'], ['sr', 10]]),
  ('flush output', conf(), [['sw', 'abc'], ['sf', 1], ['mr', 10]]),
  ('slave closed', conf(), [['sw', 'last'], ['sc'], ['mp'], ['mr', 10], ['mp'], ['mr', 10], ['mw', 'x']]),
  ('master closed', conf(), [['mw', 'abc\n'], ['mc'], ['sp'], ['sr', 10], ['sw', 'x'], ['sq']]),
  ('idle polls', conf(), [['mp'], ['sp']]),
  ('long line', conf(), [['mw', 'x' * 4000], ['mr', 10000], ['mw', 'y' * 200 + '\n'], ['sr', 10000]]),
]
print(json.dumps([run(*c) for c in cases], indent=1))
