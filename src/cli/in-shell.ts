/** A value as a shell takes it. */
export const inShell = (value: string) => (/^[\w./=:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
