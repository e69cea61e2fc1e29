dist_man_MANS += man/slipway.conf.5 man/slipway.7 man/slipway-frameworks.7 man/slipway-rules.7
