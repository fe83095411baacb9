// ELF64 headers. (abi, pure)

import { bytes, i64, struct, u8, u16, u32, u64 } from '../struct.ts'

export const Elf64_Ehdr = struct('Elf64_Ehdr', {
  e_ident: bytes(16),
  e_type: u16,
  e_machine: u16,
  e_version: u32,
  e_entry: u64,
  e_phoff: u64,
  e_shoff: u64,
  e_flags: u32,
  e_ehsize: u16,
  e_phentsize: u16,
  e_phnum: u16,
  e_shentsize: u16,
  e_shnum: u16,
  e_shstrndx: u16,
})
export const Elf64_Phdr = struct('Elf64_Phdr', {
  p_type: u32,
  p_flags: u32,
  p_offset: u64,
  p_vaddr: u64,
  p_paddr: u64,
  p_filesz: u64,
  p_memsz: u64,
  p_align: u64,
})
export const Elf64_Shdr = struct('Elf64_Shdr', {
  sh_name: u32,
  sh_type: u32,
  sh_flags: u64,
  sh_addr: u64,
  sh_offset: u64,
  sh_size: u64,
  sh_link: u32,
  sh_info: u32,
  sh_addralign: u64,
  sh_entsize: u64,
})
export const Elf64_Nhdr = struct('Elf64_Nhdr', { n_namesz: u32, n_descsz: u32, n_type: u32 })
export const Elf64_Sym = struct('Elf64_Sym', {
  st_name: u32,
  st_info: u8,
  st_other: u8,
  st_shndx: u16,
  st_value: u64,
  st_size: u64,
})
export const Elf64_Rela = struct('Elf64_Rela', { r_offset: u64, r_info: u64, r_addend: i64 })
export const Elf64_Dyn = struct('Elf64_Dyn', { d_tag: i64, d_val: u64 })
