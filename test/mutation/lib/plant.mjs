// Plants faults into the text of a source, each behind a switch.

/** A pattern for code in which all spaces and line breaks are equal. */
const patternOf = (code) => new RegExp(code.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  .join('\\s+'), 'g');

/** The place of a fault's old code in `text`: {begin, end}. */
function placeOf(fault, text) {
  const fail = (problem) => { throw new Error(`${fault.place}: ${fault.path} ${problem}`); };
  let from = 0;
  if (fault.behind !== '') {
    const [found, ...others] = text.matchAll(patternOf(fault.behind));
    if (!found) fail(`no longer contains what the lines with ">" say: ${fault.behind}`);
    if (others.length > 0) fail(`contains what the lines with ">" say ${others.length + 1} times: ${fault.behind}`);
    from = found.index + found[0].length;
  }
  const found = [...text.matchAll(patternOf(fault.old))].filter(({index}) => index >= from);
  if (found.length === 0) fail(`no longer contains: ${fault.old}`);
  if (fault.behind === '' && found.length > 1) fail(`contains this ${found.length} times, so add a line with ">": ${fault.old}`);
  return {begin: found[0].index, end: found[0].index + found[0][0].length};
}

/** Code that is faulty while the fault's switch is on, and the old code otherwise. */
function switched({number, faulty}, old) {
  const isOn = `::bennu::mutation::is_on(${number})`;
  if (/;$|^(if|for|while) \(/.test(old)) return `if (${isOn}) { ${faulty} } else { ${old} }`;
  return `(${isOn} ? (${faulty}) : (${old}))`;
}

/** The text of a source with all these faults of it planted; `header` is the path of fault.hpp from there. */
export function plant(text, faults, header) {
  const edits = faults.map((fault) => ({fault, ...placeOf(fault, text)})).sort((a, b) => a.begin - b.begin);
  let result = '';
  let from = 0;
  for (const {fault, begin, end} of edits) {
    if (begin < from) throw new Error(`${fault.place}: ${fault.path} has another fault in the same code`);
    result += text.slice(from, begin) + switched(fault, text.slice(begin, end));
    from = end;
  }
  return `#include "${header}"\n#line 1\n${result}${text.slice(from)}`;
}
