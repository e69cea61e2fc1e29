// A build that fails, to see what Slipway says about it.
console.log("reading pages");
console.log("page 1 of 3: index");
console.log("page 2 of 3: about");
console.error("page 3 of 3: contact: unexpected end of template, line 12");
process.exit(3);
