// Executables: elf(5). (abi, pure)

/** The first four bytes, little endian. */
export const ELF_MAGIC = 0x464c457f

// e_ident.
export const EI_CLASS = 4
export const EI_DATA = 5
export const EI_VERSION = 6
export const EI_OSABI = 7
export const EI_NIDENT = 16
export const ELFCLASS32 = 1
export const ELFCLASS64 = 2
export const ELFDATA2LSB = 1
export const ELFDATA2MSB = 2
export const EV_CURRENT = 1
export const ELFOSABI_NONE = 0
export const ELFOSABI_LINUX = 3

export const ET_NONE = 0
export const ET_REL = 1
export const ET_EXEC = 2
export const ET_DYN = 3
export const ET_CORE = 4
/** e_type. */
export const elfTypes = () => ({ ET_NONE, ET_REL, ET_EXEC, ET_DYN, ET_CORE }) as const

// e_machine.
export const EM_386 = 3
export const EM_X86_64 = 62
export const EM_AARCH64 = 183

export const PT_NULL = 0x0
export const PT_LOAD = 0x1
export const PT_DYNAMIC = 0x2
export const PT_INTERP = 0x3
export const PT_NOTE = 0x4
export const PT_SHLIB = 0x5
export const PT_PHDR = 0x6
export const PT_TLS = 0x7
export const PT_GNU_EH_FRAME = 0x6474e550
export const PT_GNU_STACK = 0x6474e551
export const PT_GNU_RELRO = 0x6474e552
export const PT_GNU_PROPERTY = 0x6474e553
/** p_type. */
export const segmentTypes = () =>
  ({
    PT_NULL,
    PT_LOAD,
    PT_DYNAMIC,
    PT_INTERP,
    PT_NOTE,
    PT_SHLIB,
    PT_PHDR,
    PT_TLS,
    PT_GNU_EH_FRAME,
    PT_GNU_STACK,
    PT_GNU_RELRO,
    PT_GNU_PROPERTY,
  }) as const

export const PF_X = 1
export const PF_W = 2
export const PF_R = 4
/** p_flags. */
export const segmentFlags = () => ({ PF_X, PF_W, PF_R }) as const

export const PN_XNUM = 65535
export const SHT_NULL = 0
export const SHT_PROGBITS = 1
export const SHT_SYMTAB = 2
export const SHT_STRTAB = 3
export const SHT_RELA = 4
export const SHT_HASH = 5
export const SHT_DYNAMIC = 6
export const SHT_NOTE = 7
export const SHT_NOBITS = 8
export const SHT_REL = 9
export const SHT_DYNSYM = 11
export const SHF_WRITE = 1
export const SHF_ALLOC = 2
export const SHF_EXECINSTR = 4
export const STB_LOCAL = 0
export const STB_GLOBAL = 1
export const STB_WEAK = 2
export const STT_NOTYPE = 0
export const STT_OBJECT = 1
export const STT_FUNC = 2
export const STT_SECTION = 3
export const STT_FILE = 4
export const STT_TLS = 6

// Dynamic table tags.
export const DT_NULL = 0
export const DT_NEEDED = 1
export const DT_HASH = 4
export const DT_STRTAB = 5
export const DT_SYMTAB = 6
export const DT_RELA = 7
export const DT_RELASZ = 8
export const DT_STRSZ = 10
export const DT_SONAME = 14
export const DT_FLAGS_1 = 1879048187

// Core and regset notes.
export const NT_PRSTATUS = 0x1
export const NT_PRFPREG = 0x2
export const NT_PRPSINFO = 0x3
export const NT_TASKSTRUCT = 0x4
export const NT_AUXV = 0x6
export const NT_SIGINFO = 0x53494749
export const NT_FILE = 0x46494c45
export const NT_X86_XSTATE = 0x202
export const NT_GNU_PROPERTY_TYPE_0 = 0x5
