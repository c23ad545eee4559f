DROP TABLE voice_samples;
DROP TABLE voice_states;
