/** The readable note in every repository: no personal data, and no promise that depends on this app living on. */
export const NOTE = `This folder holds an encrypted backup made by Keepsake.

What it is
  Chats of the person who made it, locked on their computer before they came here.
  Nobody can read them without the password or the 64-digit key that this person chose:
  not whoever stores this folder, and not the makers of Keepsake.

What to do with it
  Leave it as it is. Do not rename, move or delete single files.
  To restore: install Keepsake, choose "Restore a backup" and point it at this folder.

If Keepsake is gone
  The format is public and complete: see docs/format.md of the Keepsake source, format 1.
  Files come from a store that we do not control: never type your password or key into a
  program that you found in this folder. Take programs from a place you trust.

If the password and the key are lost, and no computer is signed in, nobody can open this.
`
