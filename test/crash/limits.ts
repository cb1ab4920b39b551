// The campaign has watchdogs of its own, a round each; the one of the test files would end it. Import this first.
process.env["RTSHM_TEST_LIMIT_MS"] ??= "2000000000";
