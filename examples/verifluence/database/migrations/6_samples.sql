INSERT INTO streams (id, title, live) VALUES
    ('chess', 'Chess, fast', true),
    ('rust', 'A crate in an evening', true),
    ('speedrun', 'Any %, no glitches', false);

INSERT INTO probes (stream, at, viewers, bitrate_kbps) VALUES
    ('chess', to_timestamp(1790000000), 812, 5980),
    ('chess', to_timestamp(1790000060), 835, 6010);
